"""Verbs: what they do is one method, and what it returns says how the document goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ringback.calls.call import Call
from ringback.calls.notes import ERROR
from ringback.kernel.errors import Refusal
from ringback.rcml.page import Page
from ringback.rcml.tag import Tag, attribute, content, kinds_of, nested

__all__ = [
    "Next",
    "NextDocument",
    "NextVerb",
    "TheEnd",
    "Verb",
    "VerbFailed",
    "attribute",
    "content",
    "nested",
    "verbs",
]


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


class Verb(Tag):
    """What a document has done to the call. One verb is one file in `verbs/`."""

    found_in = "ringback.rcml.verbs"
    #: whether it may run while an incoming call still rings; other verbs have it answered first
    before_answer: ClassVar[bool] = False

    def prepare(self, page: Page) -> None:
        """Tells ``page`` which sounds will be wanted soon: the verb before still runs."""

    async def run(self, call: Call, page: Page) -> Next:
        """Does it. Is cancelled when the call ends or is moved to another document."""
        raise NotImplementedError


def verbs() -> Mapping[str, type[Verb]]:
    """All verbs by their names."""
    return kinds_of(Verb)
