"""Journals on disk."""

from collections.abc import Iterator
from pathlib import Path

from ringback.kernel.clock import Clock
from ringback.kernel.journal import Entry


class JournalFiles:
    def __init__(self, folder: Path, max_bytes: int, max_days: float, clock: Clock) -> None:
        raise NotImplementedError

    def sink(self, entry: Entry) -> None:
        """Takes an entry; never waits."""
        raise NotImplementedError

    def entries(self, call_sid: str) -> Iterator[Entry]:
        """One call's entries in order; works beside a running server too."""
        raise NotImplementedError

    def find(self, prefix: str) -> list[str]:
        """SIDs of calls that begin so."""
        raise NotImplementedError

    def remove_old(self) -> None:
        """Deletes what is older or more than allowed."""
        raise NotImplementedError

    async def flush(self) -> None:
        """Returns when everything taken so far is in the files."""
        raise NotImplementedError

    async def close(self) -> None:
        """Writes what is left, and ends."""
        raise NotImplementedError
