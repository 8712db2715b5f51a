"""Documents as they come: well-formed XML made into a small tree in which everything knows its line and column.

Nothing of a document is believed: no DTD, no entities but the five of XML, bounded depth and number of elements.
(expat itself, since only it tells the place of each element; lxml tells no columns.)
"""

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from ringback.kernel.errors import Refusal
from ringback.rcml.charset import NotText, text_of

#: Twilio's code for a document that cannot be parsed
PARSE_FAILURE = 12100
MOST_DEPTH = 50
MOST_ELEMENTS = 2_000
#: where an ``&`` is only itself
_LITERAL = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z))", re.DOTALL)
#: characters for private use: one that a text lacks stands in for its bare ampersands
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_BARE_AMPERSAND = re.compile(r"&(?!(?:#[0-9]+|#x[0-9A-Fa-f]+|[A-Za-z_:][\w:.-]*);)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something begins in a document; both count from 1."""

    line: int = 1
    column: int = 1


class BadDocument(Refusal):
    """No document: the message says what is wrong, ``place`` where."""

    def __init__(self, message: str, place: Place, code: int = PARSE_FAILURE) -> None:
        super().__init__(message, code=code)
        self.place = place


@dataclass(slots=True)
class Element:
    """An element by its local name; ``text`` is all that stands directly in it, joined and trimmed."""

    name: str
    attributes: dict[str, str]
    place: Place
    children: list["Element"] = field(default_factory=list)
    text: str = ""


def parse(octets: bytes, charset: str | None = None) -> Element:
    """The root element. ``charset``: what the Content-Type said. Raises `BadDocument`."""
    try:
        text = text_of(octets, charset)
    except NotText as error:
        before = octets[: error.at]
        place = Place(before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
        raise BadDocument(str(error), place) from error
    trimmed = text.lstrip()
    skipped = text[: len(text) - len(trimmed)]
    return _Builder(trimmed.rstrip(), skipped).build()


class _Builder:
    """Turns expat's events into elements."""

    def __init__(self, text: str, skipped: str) -> None:
        self._stand_in, self._text = _lenient(text)
        self._lines_before = skipped.count("\n")
        self._columns_before = len(skipped) - skipped.rfind("\n") - 1
        self._root: Element | None = None
        self._open: list[tuple[Element, list[str]]] = []
        self._count = 0
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._characters
        self._expat.StartDoctypeDeclHandler = self._doctype

    def build(self) -> Element:
        if not self._text:
            raise BadDocument("the document is empty", Place())
        try:
            self._expat.Parse(self._text, True)
        except expat.ExpatError as error:
            raise BadDocument(self._what(error), self._place(error.lineno, error.offset)) from error
        finally:
            self._let_go()
        assert self._root is not None
        return self._root

    def _let_go(self) -> None:
        """The parser and we hold each other."""
        self._expat.StartElementHandler = self._expat.EndElementHandler = None
        self._expat.CharacterDataHandler = self._expat.StartDoctypeDeclHandler = None

    def _what(self, error: expat.ExpatError) -> str:
        words = f"the document is not well-formed: {expat.ErrorString(error.code)}"
        if not self._open:
            return words
        element = self._open[-1][0]
        return f"{words}; <{element.name}> of line {element.place.line} is open"

    def _place(self, line: int, offset: int) -> Place:
        first = self._columns_before if line == 1 else 0
        return Place(line + self._lines_before, offset + 1 + first)

    def _here(self) -> Place:
        return self._place(self._expat.CurrentLineNumber, self._expat.CurrentColumnNumber)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise BadDocument(f"the document holds more than {MOST_ELEMENTS} elements", self._here())
        if len(self._open) >= MOST_DEPTH:
            raise BadDocument(f"elements are nested more than {MOST_DEPTH} deep", self._here())
        element = Element(_local(name), self._cleaned(attributes), self._here())
        if self._open:
            self._open[-1][0].children.append(element)
        else:
            self._root = element
        self._open.append((element, []))

    def _cleaned(self, attributes: dict[str, str]) -> dict[str, str]:
        """By local name, trimmed, without what only declares namespaces."""
        return {
            _local(name): self._restored(value).strip()
            for name, value in attributes.items()
            if name != "xmlns" and not name.startswith(("xmlns:", "xml:", "xsi:"))
        }

    def _end(self, name: str) -> None:
        element, pieces = self._open.pop()
        element.text = self._restored("".join(pieces)).strip()

    def _characters(self, text: str) -> None:
        self._open[-1][1].append(text)

    def _doctype(self, *declared: object) -> None:
        raise BadDocument("a document type declaration is not allowed", self._here())

    def _restored(self, text: str) -> str:
        return text.replace(self._stand_in, "&") if self._stand_in else text


def _lenient(text: str) -> tuple[str, str]:
    """Every ``&`` that begins no entity is meant as itself: a character that the text lacks stands in for it.

    One for one, so that no column moves.
    """
    if "&" not in text:
        return "", text
    used = set(_PRIVATE.findall(text))
    stand_in = next((mark for mark in map(chr, range(0xE000, 0xF900)) if mark not in used), "")
    pieces = _LITERAL.split(text)
    if stand_in:
        pieces[::2] = [_BARE_AMPERSAND.sub(stand_in, piece) for piece in pieces[::2]]
    return stand_in, "".join(pieces)


def _local(name: str) -> str:
    return name.rpartition(":")[2]
