"""The grammar of a tag, read from its class: what parser, checker and reference page work from."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from ringback.rcml.kind import Kind
from ringback.rcml.tag import Tag, kinds_of


@dataclass(frozen=True, slots=True)
class Rule:
    """One attribute (or the content, with ``name`` empty): its writing, the field it fills, what may stand in it."""

    name: str
    field: str
    kind: Kind
    default: Any
    code: int


@dataclass(frozen=True, slots=True)
class Grammar:
    """Everything that may be written in a tag's element."""

    tag: type[Tag]
    attributes: Mapping[str, Rule]
    content: Rule | None
    nested: Mapping[str, type[Tag]]
    nested_field: str
    nested_codes: Mapping[str, int]


_read: dict[type[Tag], Grammar] = {}


def grammar_of(tag: type[Tag]) -> Grammar:
    """The grammar of ``tag``."""
    if tag not in _read:
        _read[tag] = _grammar(tag)
    return _read[tag]


def _grammar(tag: type[Tag]) -> Grammar:
    hints = get_type_hints(tag, include_extras=True)
    fields = {field.name: field for field in dataclasses.fields(tag) if "rule" in field.metadata}  # type: ignore[arg-type]
    by_rule: dict[str, list[dataclasses.Field[Any]]] = {"attribute": [], "content": [], "nested": []}
    for field in fields.values():
        by_rule[field.metadata["rule"]].append(field)
    attributes = [_rule(field, hints, _written(field.name)) for field in by_rule["attribute"]]
    contents = [_rule(field, hints, "") for field in by_rule["content"]]
    inside = by_rule["nested"][0] if by_rule["nested"] else None
    return Grammar(
        tag,
        {rule.name: rule for rule in attributes},
        contents[0] if contents else None,
        dict(_tags_in(hints[inside.name])) if inside else {},
        inside.name if inside else "",
        inside.metadata["codes"] if inside else {},
    )


def _rule(field: "dataclasses.Field[Any]", hints: Mapping[str, Any], name: str) -> Rule:
    return Rule(name, field.name, _kind_in(hints[field.name]), field.default, field.metadata["code"])


def _written(field: str) -> str:
    """``num_digits`` is written ``numDigits``; ``from_``, ``from``."""
    first, *others = field.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in others)


def _parts(hint: Any) -> Iterator[Any]:
    yield hint
    yield from getattr(hint, "__metadata__", ())
    for part in get_args(hint):
        yield from _parts(part)


def _kind_in(hint: Any) -> Kind:
    return next(part for part in _parts(hint) if isinstance(part, Kind))


def _tags_in(hint: Any) -> Iterator[tuple[str, type[Tag]]]:
    for part in _parts(hint):
        if isinstance(part, type) and issubclass(part, Tag):
            yield from kinds_of(part).items()
