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
        self._keeps_null = dialect.always_json
        shown = [item for item in properties if item.shown]
        self._in_xml = Values(shown, dialect, as_json=False)
        self._alone = _Elements(element, shown, dialect, "  ")
        self._listed = _Elements(element, shown, dialect, "    ")
        named = {item.name: item for item in shown}
        first = [named[name] for name in json_order]
        ordered = [*first, *(item for item in shown if item not in first)]
        self._in_json = Values(ordered, dialect, as_json=True)
        self._keys = [item.key for item in ordered]
        converters = ((position, _json_converter(item, dialect)) for position, item in enumerate(ordered))
        self._converters = [(position, convert) for position, convert in converters if convert is not None]

    def xml(self, record: Any) -> str:
        """One element for ``record``."""
        return self._alone.of(self._in_xml.of(record))

    def xml_list(self, records: Iterable[Any]) -> str:
        """An element for each, a level deeper."""
        return "".join([self._listed.of(self._in_xml.of(record)) for record in records])

    def json(self, record: Any) -> dict[str, Any]:
        """One object for ``record``; a property without value is left out (Restcomm) or null (Twilio)."""
        values = self._in_json.of(record)
        for position, convert in self._converters:
            if values[position] is not None:
                values[position] = convert(values[position])
        if self._keeps_null:
            return dict(zip(self._keys, values, strict=True))
        return {key: value for key, value in zip(self._keys, values, strict=True) if value is not None}


class Values:
    """The values of properties of a record, in order: most by one look at the record, the computed ones one by one."""

    def __init__(self, properties: Sequence[Property], dialect: Dialect, *, as_json: bool) -> None:
        kept = [item.attribute for item in properties if item.compute is None]
        attributes = [kept[0] if item.compute else item.attribute for item in properties]
        self._get = attrgetter(*attributes) if len(attributes) > 1 else lambda record: (getattr(record, attributes[0]),)
        self._computed = [(position, item.compute) for position, item in enumerate(properties) if item.compute]
        self._dialect = dialect
        self._as_json = as_json

    def of(self, record: Any) -> list[Any]:
        values = list(self._get(record))
        for position, compute in self._computed:
            values[position] = compute(record, self._dialect, self._as_json)
        return values


class _Elements:
    """One element with one inside for each property; everything but the values is worked out beforehand."""

    def __init__(self, element: str, properties: Sequence[Property], dialect: Dialect, indent: str) -> None:
        self._opening = f"{indent}<{element}>\n"
        self._closing = f"{indent}</{element}>\n"
        inner = indent + "  "
        self._steps = [
            (
                f"{inner}<{item.name}>",
                f"</{item.name}>\n",
                "" if item.left_out_when_empty else f"{inner}<{item.name}/>\n",
                _xml_text(item, dialect, inner),
                item.kind.nested,
            )
            for item in properties
        ]

    def of(self, values: Iterable[Any]) -> str:
        parts = [self._opening]
        for value, (opening, closing, empty, text, nested) in zip(values, self._steps, strict=True):
            if value is None or value == "":
                parts.append(empty)
            elif text is None:
                parts += (opening, value if value.isalnum() else escape(value), closing)
            elif nested:
                parts.append(text(value))
            else:
                parts += (opening, text(value), closing)
        parts.append(self._closing)
        return "".join(parts)


def _xml_text(item: Property, dialect: Dialect, indent: str) -> Callable[[Any], str] | None:
    """How a value becomes text; None: it is text, to be escaped."""
    if item.kind.nested:
        return lambda value: xml_tree(item.name, value, indent)
    if item.kind.is_moment:
        return dialect.moment
    if item.kind.show is not None:
        show = item.kind.show
        return lambda value: _plain(show(value))
    return None if item.kind.schema.get("type") == "string" else _plain


def _json_converter(item: Property, dialect: Dialect) -> Callable[[Any], Any] | None:
    if item.kind.is_moment:
        return dialect.moment
    if item.kind.nested:
        return snake_tree
    if item.text_in_twilio and dialect is TWILIO:
        return str
    return item.kind.show


def snake_tree(value: Tree) -> Tree:
    """``value`` with its CamelCase names as JSON keys."""
    if isinstance(value, dict):
        return {snake(key): snake_tree(item) for key, item in value.items()}
    if isinstance(value, list):
        return [snake_tree(item) for item in value]
    return value
