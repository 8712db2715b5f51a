"""A tag: an element of a document as a class, whose fields are its grammar. Verbs are tags that do something."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, dataclass_transform

from ringback.kernel.registry import classes_in
from ringback.rcml.document import Place


def attribute(*, default: Any, code: int = 12200) -> Any:
    """An attribute with its default; ``code``: the warning of a value that does not fit and is replaced by it."""
    return dataclasses.field(default=default, metadata={"rule": "attribute", "code": code})


def content(*, default: str, code: int = 11100) -> Any:
    """The text of the element."""
    return dataclasses.field(default=default, metadata={"rule": "content", "code": code})


def nested(*, default: tuple[()], codes: Mapping[str, int] | None = None) -> Any:
    """The verbs that may stand inside; ``codes``: other fault codes there, by "Say.voice" or "Play" (its content)."""
    return dataclasses.field(default=default, metadata={"rule": "nested", "codes": codes or {}})


@dataclass_transform(eq_default=False, kw_only_default=True, field_specifiers=(attribute, content, nested))
class Tag:
    """A subclass's fields are its grammar: parser, checker and reference page are made from them."""

    #: the package whose files hold the kinds of this tag, where it stands for all of them
    found_in: ClassVar[str] = ""
    #: as documents write it
    name: str = ""
    #: where its element begins
    place: Place = Place()
    #: the attributes and the text that its element had, for the journal
    written: Mapping[str, str] = MappingProxyType({})

    def __init_subclass__(cls) -> None:
        cls.name = cls.__name__
        dataclass(eq=False, kw_only=True)(cls)


SomeTag = TypeVar("SomeTag", bound=Tag)
_found: dict[type[Tag], Mapping[str, Any]] = {}


def kinds_of(tag: type[SomeTag]) -> Mapping[str, type[SomeTag]]:
    """Every tag that ``tag`` stands for, by name: itself, or what is found in its folder."""
    if "found_in" not in vars(tag):
        return {tag.name: tag}
    if tag not in _found:
        _found[tag] = {kind.name: kind for kind in classes_in(tag.found_in, tag)}
    return _found[tag]
