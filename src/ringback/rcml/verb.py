"""A verb: its attributes and content as a class, its behaviour as one method. One verb is one file in `verbs/`."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, dataclass_transform

from ringback.calls.call import Call
from ringback.calls.notes import ERROR
from ringback.kernel.errors import Refusal
from ringback.kernel.registry import classes_in
from ringback.rcml.document import Place
from ringback.rcml.page import Page


@dataclass(frozen=True, slots=True)
class NextVerb:
    """The verb is done, the document goes on. ``reason`` is for who reads the journal."""

    reason: str = "done"


@dataclass(frozen=True, slots=True)
class NextDocument:
    """Another document takes over: it is asked for with ``form`` after the standard parameters."""

    url: str
    method: str
    form: tuple[tuple[str, str], ...] = ()

    @property
    def reason(self) -> str:
        return f"goes on with {self.url}"


@dataclass(frozen=True, slots=True)
class TheEnd:
    """The call is to end."""

    reason: str = "hang up"


Next = NextVerb | NextDocument | TheEnd


class VerbFailed(Refusal):
    """The verb cannot do what it should: the call ends."""

    def __init__(self, code: int, message: str, level: int = ERROR) -> None:
        super().__init__(message, code=code)
        self.level = level


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
class Verb:
    """A subclass's fields are its grammar: parser, checker and reference page are made from them."""

    #: whether it may run while an incoming call still rings; other verbs have it answered first
    before_answer: ClassVar[bool] = False
    #: as documents write it
    name: str = ""
    #: where its element begins
    place: Place = Place()
    #: the attributes and the text that its element had, for the journal
    written: Mapping[str, str] = MappingProxyType({})

    def __init_subclass__(cls) -> None:
        cls.name = cls.__name__
        dataclass(eq=False, kw_only=True)(cls)

    def prepare(self, page: Page) -> None:
        """Tells ``page`` which sounds will be wanted soon: the verb before still runs."""

    async def run(self, call: Call, page: Page) -> Next:
        """Does it. Is cancelled when the call ends or is moved to another document."""
        raise NotImplementedError


@cache
def verbs() -> Mapping[str, type[Verb]]:
    """All verbs by their names."""
    return {verb.name: verb for verb in classes_in("ringback.rcml.verbs", Verb)}
