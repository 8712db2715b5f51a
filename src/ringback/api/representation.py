"""Representation: records as XML and JSON. What can be worked out once for a resource is worked out once."""

import re
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from ringback.api.dialect import TWILIO, Dialect
from ringback.api.names import snake
from ringback.api.property import Property

XML = b"application/xml"
JSON = b"application/json"
#: a value that is itself a tree: names (CamelCase) with values, lists of them, or plain values
Tree = Any

_SPECIAL = re.compile("[&<>\x00-\x08\x0b\x0c\x0d\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_REPLACED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_encode_json = msgspec.json.Encoder().encode


def escape(text: str) -> str:
    """``text`` as XML content; characters that XML 1.0 does not allow are dropped."""
    if _SPECIAL.search(text) is None:
        return text
    return _SPECIAL.sub(lambda found: _REPLACED.get(found[0], ""), text)


def escape_attribute(text: str) -> str:
    return escape(text).replace('"', "&quot;")


def to_json(value: Any) -> bytes:
    return _encode_json(value)


def document(inner: str) -> bytes:
    """``inner`` within the root element."""
    return f"<RestcommResponse>\n{inner}</RestcommResponse>\n".encode()


def xml_tree(name: str, value: Tree, indent: str = "") -> str:
    """One element, with a dictionary's entries or a list's items as its children; nothing for None."""
    if isinstance(value, dict):
        inner = "".join(xml_tree(key, item, indent + "  ") for key, item in value.items())
        return f"{indent}<{name}>\n{inner}{indent}</{name}>\n" if inner else f"{indent}<{name}/>\n"
    if isinstance(value, list):
        return "".join(xml_tree(name, item, indent) for item in value)
    text = _plain(value)
    return f"{indent}<{name}>{text}</{name}>\n" if text else f"{indent}<{name}/>\n"


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    return escape(str(value))


class View:
    """How one resource's records are shown in one dialect."""

    def __init__(
        self, element: str, properties: Sequence[Property], json_order: Sequence[str], dialect: Dialect
    ) -> None:
        self.element = element
        self._keeps_null = dialect.always_json
        shown = [item for item in properties if item.shown]
        self._xml = [_XmlStep(item, dialect) for item in shown]
        named = {item.name: item for item in shown}
        first = [named[name] for name in json_order]
        self._json = [_json_step(item, dialect) for item in (*first, *(i for i in shown if i not in first))]

    def xml(self, record: Any, indent: str = "  ") -> str:
        """One element for ``record``."""
        parts = [f"{indent}<{self.element}>\n"]
        parts.extend(step.show(record, indent) for step in self._xml)
        parts.append(f"{indent}</{self.element}>\n")
        return "".join(parts)

    def json(self, record: Any) -> dict[str, Any]:
        """One object for ``record``; a property without value is left out (Restcomm) or null (Twilio)."""
        shown = {key: show(record) for key, show in self._json}
        return shown if self._keeps_null else {key: value for key, value in shown.items() if value is not None}

    def xml_list(self, records: Iterable[Any]) -> str:
        return "".join(self.xml(record, "    ") for record in records)


class _XmlStep:
    """One property as an element."""

    __slots__ = ("_closing", "_empty", "_get", "_name", "_nested", "_opening", "_text")

    def __init__(self, item: Property, dialect: Dialect) -> None:
        self._name = item.name
        self._opening = f"  <{item.name}>"
        self._closing = f"</{item.name}>\n"
        self._empty = "" if item.left_out_when_empty else f"  <{item.name}/>\n"
        self._get = _getter(item, dialect, as_json=False)
        self._nested = item.kind.nested
        self._text = _text_of(item, dialect)

    def show(self, record: Any, indent: str) -> str:
        value = self._get(record)
        if value is None or value == "":
            return indent + self._empty if self._empty else ""
        if self._nested:
            return xml_tree(self._name, value, indent + "  ")
        return indent + self._opening + self._text(value) + self._closing


def _text_of(item: Property, dialect: Dialect) -> Callable[[Any], str]:
    if item.kind.is_moment:
        return dialect.moment
    show = item.kind.show
    return _plain if show is None else lambda value: _plain(show(value))


def _json_step(item: Property, dialect: Dialect) -> tuple[str, Callable[[Any], Any]]:
    get = _getter(item, dialect, as_json=True)
    show: Callable[[Any], Any] | None = item.kind.show
    if item.kind.is_moment:
        show = dialect.moment
    elif item.kind.nested:
        show = snake_tree
    elif item.text_in_twilio and dialect is TWILIO:
        show = str
    if show is None:
        return item.key, get
    convert = show

    def step(record: Any) -> Any:
        value = get(record)
        return None if value is None else convert(value)

    return item.key, step


def _getter(item: Property, dialect: Dialect, as_json: bool) -> Callable[[Any], Any]:
    if item.compute is None:
        return attrgetter(item.attribute)
    compute = item.compute
    return lambda record: compute(record, dialect, as_json)


def snake_tree(value: Tree) -> Tree:
    """``value`` with its CamelCase names as JSON keys."""
    if isinstance(value, dict):
        return {snake(key): snake_tree(item) for key, item in value.items()}
    if isinstance(value, list):
        return [snake_tree(item) for item in value]
    return value
