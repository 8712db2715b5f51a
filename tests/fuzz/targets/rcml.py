"""A document: a tree that prints as one that reads the same, verbs, and faults with a place; or no document."""

import re
from html import escape

from ringback.rcml.document import MOST_DEPTH, MOST_ELEMENTS, BadDocument, Element, parse
from ringback.rcml.reader import MOST_FAULTS, read
from tests.fuzz.target import Target

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _take(octets: bytes) -> None:
    try:
        root = parse(octets)
    except BadDocument as bad:
        assert bad.message
        assert bad.place.line >= 1
        assert bad.place.column >= 1
        return
    assert 0 < _count(root) <= MOST_ELEMENTS
    if (printed := _printed(root, 0)) is not None:
        _check_same(parse(printed.encode()), root)
    reading = read(root)
    assert len(reading.faults) <= MOST_FAULTS + 1
    for verb in reading.verbs:
        assert verb.name
        assert verb.place.line >= 1


def _count(element: Element) -> int:
    return 1 + sum(map(_count, element.children))


def _printed(element: Element, depth: int) -> str | None:
    """As XML; None when a name is none without its prefix."""
    assert depth < MOST_DEPTH
    if not all(map(_NAME.match, (element.name, *element.attributes))) or {"xmlns"} & element.attributes.keys():
        return None
    texts = (element.text, *element.attributes.values())
    if any(map(_UNPRINTABLE.search, texts)):
        return None
    children = [_printed(child, depth + 1) for child in element.children]
    if None in children:
        return None
    attributes = "".join(f' {name}="{_escaped(value)}"' for name, value in element.attributes.items())
    inside = _escaped(element.text) + "".join(map(str, children))
    return f"<{element.name}{attributes}>{inside}</{element.name}>"


def _escaped(text: str) -> str:
    return re.sub(r"[\r\n\t]", lambda found: f"&#{ord(found[0])};", escape(text))


def _check_same(one: Element, other: Element) -> None:
    assert (one.name, one.attributes, one.text) == (other.name, other.attributes, other.text)
    for mine, its in zip(one.children, other.children, strict=True):
        _check_same(mine, its)


TARGET = Target(
    _take,
    lambda: (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<Response>\n <Say voice="man" loop="2">Hello &amp; &#8364;</Say>\n'
        b' <Gather action="/next?a=1&b=2" numDigits="4" finishOnKey="#"><Play>x</Play></Gather><Hangup/></Response>',
        b'<Response xmlns:x="y"><x:Say x:language="de">A</x:Say><Pause length="1"/><Redirect method="GET">u</Redirect>'
        b"<!-- c --><![CDATA[ & ]]></Response>",
        "<?xml version='1.0' encoding='iso-8859-1'?><Reject reason='busy'/>".encode("iso-8859-1"),
        "<Response><Say>ä</Say></Response>".encode("utf-16"),
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
    ),
    (
        b"<Response>",
        b"<Say",
        b"<Gather",
        b"<Play>",
        b"<Dial>",
        b"</",
        b"/>",
        b"<![CDATA[",
        b"&amp;",
        b"&#",
        b"xmlns:x='y'",
        b"<!DOCTYPE",
    ),
)
