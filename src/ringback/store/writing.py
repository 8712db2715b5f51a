"""A change: what is done inside a transaction, and whether it can be put by and done later."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from ringback.store.connection import Connection, Outcome
from ringback.store.counts import Gathered, Key
from ringback.store.prepared import Prepared


class Writing:
    """The open transaction, as a change sees it."""

    def __init__(self, connection: Connection, committed: "set[Callable[[], None]]") -> None:
        self._connection = connection
        self._committed = committed
        self.gathered = Gathered()

    def when_committed(self, act: Callable[[], None]) -> None:
        """Calls ``act`` on the event loop after the commit, once for all who ask, before anyone knows of it."""
        self._committed.add(act)

    def rows(self, statement: Prepared, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of a query, or of a change that returns some."""
        return self._connection.rows(statement, parameters)

    def run(self, statement: Prepared, parameters: Mapping[str, Any]) -> int:
        """Makes a change; how many rows it touched."""
        return self._connection.run(statement, parameters)

    def ask(self, statement: Prepared, parameters: Mapping[str, Any]) -> Outcome:
        """The same without waiting; the outcome may be looked at in a `Later`."""
        return self._connection.ask(statement, parameters)

    def count(self, key: Key, n: int, total: int = 0) -> None:
        """Adds to a count, when the transaction ends."""
        self.gathered.add(key, n, total)


#: the rest of a change, once the outcomes of all that was asked are known; its result is the change's
@dataclass(frozen=True, slots=True)
class Later:
    finish: Callable[[], Any]


#: does its work in the transaction it is given, and nothing else: it may be run again
Change = Callable[[Writing], Any]


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A change of one record as plain data; ``values`` as the database is given them, with the record's SID."""

    table: str
    action: Literal["insert", "amend"]
    values: dict[str, Any]


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """A change that must not be lost: while the database takes nothing, its ``entry`` is put by in its place."""

    entry: Entry
    change: Change

    def __call__(self, writing: Writing) -> Any:
        return self.change(writing)


#: the change that an entry stands for. Raises whatever an entry of another version makes it raise
Recorder = Callable[[Entry], Recorded]
