"""A unit: changes that are made together or not at all, and who waits for them."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ringback.store.writing import Change, Entry, Recorded


@dataclass(slots=True, eq=False)
class Unit:
    """``recorded``: all its changes are `Recorded`, and nobody can be told to ask again."""

    changes: Sequence[Change]
    done: "asyncio.Future[Any] | None" = None
    recorded: bool = False
    results: list[Any] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def entries(self) -> list[Entry]:
        return [change.entry for change in self.changes if isinstance(change, Recorded)]

    def resolve(self) -> None:
        """Tells who waits, in the event loop's thread."""
        if self.done is None or self.done.done():
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.results)


def fail(units: Iterable[Unit], error: BaseException | None) -> None:
    """None: they have not failed, whatever was thought before."""
    for unit in units:
        unit.error = error
