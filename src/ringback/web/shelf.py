"""A shelf: a folder of files that never change, each under its key, the longest unused thrown away when it is full."""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from ringback.kernel.clock import Clock
from ringback.web.flight import Flight

#: seconds since it was last asked for, in which a file is kept although the shelf is full: it may be about to be played
GRACE = 600.0


def key_of(*parts: str | bytes) -> str:
    """A file name for what ``parts`` say together: SHA-256, each part with its length before it."""
    digest = hashlib.sha256()
    for part in parts:
        octets = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(octets).to_bytes(8, "big"))
        digest.update(octets)
    return digest.hexdigest()


@dataclass(slots=True)
class _Kept:
    size: int
    used_at: float


class Shelf:
    """``most``: octets kept. What is on it survives a restart."""

    def __init__(self, folder: Path, most: int, clock: Clock) -> None:
        self.folder = folder
        self._most = most
        self._clock = clock
        self._flight: Flight[Path] = Flight()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._octets = 0
        self._look_in()

    @property
    def octets(self) -> int:
        """How much is on the shelf."""
        return self._octets

    def find(self, key: str) -> Path | None:
        """The file under ``key``, when there is one; it counts as used now."""
        kept = self._kept.get(key)
        path = self.folder / key
        if kept is None:
            return None
        try:
            os.utime(path)
        except OSError:  # someone has tidied up
            self._forget(key)
            return None
        kept.used_at = self._clock.now()
        self._kept.move_to_end(key)
        return path

    async def get(self, key: str, make: Callable[[Path], Awaitable[None]]) -> Path:
        """The file under ``key``; when there is none, ``make`` writes it to the path given, once for all."""
        return self.find(key) or await self._flight.join(key, lambda: self._make(key, make))

    async def _make(self, key: str, make: Callable[[Path], Awaitable[None]]) -> Path:
        part = self.draft(key)
        try:
            await make(part)
            return self.put(key, part)
        finally:
            part.unlink(missing_ok=True)

    def draft(self, name: str) -> Path:
        """Where to write what shall be `put`."""
        return self.folder / f".{name}.{os.urandom(4).hex()}.part"

    def put(self, key: str, part: Path) -> Path:
        """Takes the finished file ``part`` onto the shelf."""
        path = self.folder / key
        os.replace(part, path)
        self._remember(key, path.stat().st_size, self._clock.now())
        self._make_room()
        return path

    async def close(self) -> None:
        await self._flight.close()

    def _look_in(self) -> None:
        """What the last run left, in the order of its last use; never finished files go."""
        self.folder.mkdir(parents=True, exist_ok=True)
        found = []
        for entry in os.scandir(self.folder):
            if entry.name.endswith(".part"):
                os.unlink(entry.path)
            elif entry.is_file():
                found.append((entry.stat().st_mtime, entry.name, entry.stat().st_size))
        for _, name, size in sorted(found):
            self._remember(name, size, self._clock.now() - GRACE)
        self._make_room()

    def _remember(self, key: str, size: int, used_at: float) -> None:
        self._forget(key)
        self._kept[key] = _Kept(size, used_at)
        self._octets += size

    def _forget(self, key: str) -> None:
        if (kept := self._kept.pop(key, None)) is not None:
            self._octets -= kept.size

    def _make_room(self) -> None:
        spare = self._clock.now() - GRACE
        while self._octets > self._most:
            key, kept = next(iter(self._kept.items()))
            if kept.used_at > spare:
                return
            self._forget(key)
            (self.folder / key).unlink(missing_ok=True)
