"""Reads verbs from a document: all that fits the grammar, and a fault with its place for all that does not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ringback.calls.call import Call
from ringback.calls.notes import ERROR, WARNING, Fault
from ringback.rcml.document import Element
from ringback.rcml.grammar import Grammar, Rule, grammar_of
from ringback.rcml.page import Page
from ringback.rcml.tag import SomeTag, Tag
from ringback.rcml.verb import Next, Verb, VerbFailed, verbs

#: Twilio's code for what does not follow the grammar
NOT_IN_GRAMMAR = 12200
#: faults of one document that are kept; the rest is counted
MOST_FAULTS = 20
#: fault codes that hold inside another verb, by "Say.voice" or "Play" (its content)
Codes = Mapping[str, int]
NO_CODES: Codes = {}


class Unusable(Verb):
    """Stands for a verb that cannot run: it fails when its turn comes, and not before."""

    before_answer = True
    fault: Fault

    async def run(self, call: Call, page: Page) -> Next:
        raise VerbFailed(self.fault.code, self.fault.message, self.fault.level)


@dataclass
class Reading:
    """The verbs in the order in which they run, and what was wrong on the way (warnings: the call goes on)."""

    verbs: list[Verb] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    untold: int = 0

    def warn(self, code: int, message: str, element: Element) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(code, message, WARNING, element.place.line, element.place.column))
        else:
            self.untold += 1


def read(root: Element) -> Reading:
    """The verbs of the document with this root. Any root will do; a verb as root is a document of one verb."""
    reading = Reading()
    if root.name in verbs():
        reading.verbs.append(_verb(root, verbs()[root.name], reading))
    else:
        _walk(root, reading)
    if reading.untold:
        reading.faults.append(Fault(NOT_IN_GRAMMAR, f"{reading.untold} further faults of this document", WARNING))
    return reading


def _walk(parent: Element, reading: Reading) -> None:
    """An unknown element is passed by, but the verbs in it run."""
    if parent.text:
        reading.warn(NOT_IN_GRAMMAR, f"text outside of any verb is ignored: {_cut(parent.text)}", parent)
    for element in parent.children:
        if (kind := verbs().get(element.name)) is not None:
            reading.verbs.append(_verb(element, kind, reading))
        else:
            reading.warn(NOT_IN_GRAMMAR, f"<{element.name}> is no verb and is ignored{_perhaps(element.name)}", element)
            _walk(element, reading)


def _perhaps(name: str) -> str:
    meant = next((known for known in verbs() if known.lower() == name.lower()), None)
    return f"; <{meant}> is meant?" if meant else ""


def _verb(element: Element, kind: type[Verb], reading: Reading, codes: Codes = NO_CODES) -> Verb:
    """``kind`` as ``element`` describes it, or `Unusable`."""
    try:
        return _tag(element, kind, reading, codes)
    except _Fatal as fatal:
        unusable = _placed(Unusable(fault=fatal.fault), element)
        unusable.name = element.name
        return unusable


def _tag(element: Element, kind: type[SomeTag], reading: Reading, codes: Codes) -> SomeTag:
    """Raises `_Fatal`."""
    grammar = grammar_of(kind)
    values = _attributes(element, grammar, reading, codes)
    if element.text and grammar.content is None:
        reading.warn(NOT_IN_GRAMMAR, f"<{element.name}> has no text; it is ignored: {_cut(element.text)}", element)
    elif element.text and grammar.content is not None:
        values[grammar.content.field] = _value(grammar.content, element.text, element, reading, codes)
    if inside := _inside(element, grammar, reading):
        values[grammar.nested_field] = inside
    return _placed(kind(**values), element)


def _attributes(element: Element, grammar: Grammar, reading: Reading, codes: Codes) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, text in element.attributes.items():
        if (rule := grammar.attributes.get(name)) is None:
            reading.warn(NOT_IN_GRAMMAR, f"<{element.name}> has no attribute {name}; it is ignored", element)
        elif text or rule.kind.empty:
            values[rule.field] = _value(rule, text, element, reading, codes)
    return values


def _inside(element: Element, grammar: Grammar, reading: Reading) -> tuple[Tag, ...]:
    """What may stand in it; a verb that cannot run waits for its turn, any other such tag spoils the whole."""
    tags: list[Tag] = []
    for child in element.children:
        kind = grammar.nested.get(child.name)
        if kind is None:
            reading.warn(NOT_IN_GRAMMAR, f"<{child.name}> may not stand in <{element.name}>; it is ignored", child)
        elif issubclass(kind, Verb):
            tags.append(_verb(child, kind, reading, grammar.nested_codes))
        else:
            tags.append(_tag(child, kind, reading, grammar.nested_codes))
    return tuple(tags)


def _placed(tag: SomeTag, element: Element) -> SomeTag:
    tag.place = element.place
    tag.written = element.attributes | ({"text": _cut(element.text)} if element.text else {})
    return tag


class _Fatal(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def _value(rule: Rule, text: str, element: Element, reading: Reading, codes: Codes) -> Any:
    """What ``text`` means; the default when it does not fit, which is told."""
    try:
        return rule.kind.read(text)
    except ValueError as error:
        said = rule.kind.fault.format(value=_cut(text), name=rule.name, verb=element.name)
        why = f": {error}" if str(error) else ""
        own = f"{element.name}.{rule.name}".rstrip(".")
        if rule.kind.fatal:
            place = element.place
            code = codes.get(own, 11100)
            raise _Fatal(Fault(code, f"{said}{why}.", ERROR, place.line, place.column)) from error
        used = "the default" if rule.default in (None, "") else rule.default
        message = f"{said}{why}. Allowed: {rule.kind.allowed}; {used} is used."
        reading.warn(codes.get(own, rule.code), message, element)
        return rule.default


def _cut(text: str) -> str:
    return text if len(text) <= 100 else text[:100] + "…"
