"""Records that were read lately, kept in memory until their table changes: what every call asks for is there at once.

Only where this process alone writes: with SQLite. Another server on the same PostgreSQL would change what is kept here.
"""

from copy import copy
from typing import Generic, TypeVar

import msgspec

Record = TypeVar("Record", bound=msgspec.Struct)
#: answers kept of a table; then all are forgotten, which costs each one read
_MOST = 20_000
#: characters of a question; a stranger who asks for longer names does not fill the memory
_LONGEST = 200
#: a statement, and what it is given
Question = tuple[object, ...]


class Kept(Generic[Record]):
    """Answers by question. Used on the event loop alone; whoever asks gets a copy of their own."""

    def __init__(self) -> None:
        self._answers: dict[Question, Record | None] = {}

    def find(self, question: Question) -> tuple[bool, Record | None]:
        """Whether the answer is known, and the answer: also that there is no such record."""
        try:
            known = self._answers[question]
        except KeyError:
            return False, None
        return True, copy(known)

    def keep(self, question: Question, answer: Record | None) -> None:
        if any(isinstance(part, str) and len(part) > _LONGEST for part in question):
            return
        if len(self._answers) >= _MOST:
            self._answers.clear()
        self._answers[question] = copy(answer)

    def forget(self) -> None:
        """The table has changed."""
        self._answers.clear()
