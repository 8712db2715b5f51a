"""Fetched sounds: kept on disk by content, asked for again only when the customer's server wants that."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path

import msgspec

from ringback.kernel.clock import Clock
from ringback.kernel.settings import Fetch
from ringback.web.failure import NOT_RETRIEVED, FetchFailed
from ringback.web.fetched import Fetched
from ringback.web.fetcher import Fetcher
from ringback.web.flight import Flight
from ringback.web.freshness import freshness_of
from ringback.web.shelf import Shelf, key_of

#: octets kept of what is known about URLs
_MOST_LABELS = 16_777_216


class Label(msgspec.Struct, frozen=True):
    """What is known about a URL: its content, its validators, until when (seconds since 1970) not to ask."""

    url: str
    content: str
    fresh_until: float
    stale_usable: bool
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """``path``: the octets; ``answer``: what the server said, None when it was not asked or could not be."""

    path: Path
    answer: Fetched | None = None
    error: str | None = None  #: why an older copy had to do


class Delivery:
    """One sound that comes in another way than by `SoundCache.find`; what is not kept is gone with `close`."""

    def __init__(self, contents: Shelf) -> None:
        self._contents = contents
        self._file: BufferedWriter | None = None

    def open(self) -> BufferedWriter:
        """The file for its octets, empty."""
        self.close()
        self._file = self._contents.draft("delivery").open("wb")
        return self._file

    async def keep(self) -> Path:
        """What was written, in a file that never changes, named by its SHA-256."""
        assert self._file is not None, "nothing was delivered"
        self._file.close()
        draft = Path(self._file.name)
        name = await asyncio.to_thread(_digest, draft)
        return self._contents.find(name) or self._contents.put(name, draft)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            Path(self._file.name).unlink(missing_ok=True)
            self._file = None


class SoundCache:
    """``folder`` holds the contents, each under its SHA-256, and a label for each URL."""

    def __init__(self, fetcher: Fetcher, folder: Path, settings: Fetch, clock: Clock) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._largest = settings.max_sound
        self._contents = Shelf(folder / "contents", settings.cache_bytes, clock)
        self._labels = Shelf(folder / "labels", _MOST_LABELS, clock)
        self._flight: Flight[Found] = Flight()

    async def sound(self, url: str) -> Path:
        """The octets that ``url`` gives, in a file that never changes, named by its SHA-256. Raises `FetchFailed`."""
        return (await self.find(url)).path

    async def find(self, url: str) -> Found:
        """The same, and how it was got."""
        key = key_of(url)
        known = self._known(key)
        if known is not None and self._now() < known.fresh_until and (path := self._contents.find(known.content)):
            return Found(path)
        return await self._flight.join(key, lambda: self._ask(url, key, known))

    def delivery(self) -> "Delivery":
        """For a sound that may come in the place of something else."""
        return Delivery(self._contents)

    async def close(self) -> None:
        for part in (self._flight, self._contents, self._labels):
            await part.close()

    def _now(self) -> float:
        return self._clock.utc().timestamp()

    def _known(self, key: str) -> Label | None:
        path = self._labels.find(key)
        try:
            return None if path is None else msgspec.json.decode(path.read_bytes(), type=Label)
        except (OSError, msgspec.DecodeError):
            return None

    async def _ask(self, url: str, key: str, known: Label | None) -> Found:
        old = None if known is None else self._contents.find(known.content)
        draft = self._contents.draft(key)
        try:
            with draft.open("wb") as file:
                answer = await self._fetcher.fetch(
                    url, limit=self._largest, headers=_conditions(known) if old else (), into=file
                )
            return await self._taken(url, key, answer, draft, known, old)
        except FetchFailed as failure:
            if old is not None and known is not None and known.stale_usable:
                return Found(old, error=failure.message)
            raise
        finally:
            draft.unlink(missing_ok=True)

    async def _taken(
        self, url: str, key: str, answer: Fetched, draft: Path, known: Label | None, old: Path | None
    ) -> Found:
        if answer.status == 304 and old is not None and known is not None:
            self._label(key, self._labelled(url, known.content, answer, known))
            return Found(old, answer)
        if answer.status != 200:
            raise FetchFailed(NOT_RETRIEVED, url, f"answers {answer.status} instead of a sound")
        name = await asyncio.to_thread(_digest, draft)
        path = self._contents.find(name) or self._contents.put(name, draft)
        self._label(key, self._labelled(url, name, answer))
        return Found(path, answer)

    def _labelled(self, url: str, content: str, answer: Fetched, known: Label | None = None) -> Label:
        fresh = freshness_of(answer, self._clock.utc())
        return Label(
            url,
            content,
            self._now() + fresh.seconds,
            fresh.stale_usable,
            answer.header("ETag") or (known.etag if known else None),
            answer.header("Last-Modified") or (known.last_modified if known else None),
        )

    def _label(self, key: str, label: Label) -> None:
        part = self._labels.draft(key)
        part.write_bytes(msgspec.json.encode(label))
        self._labels.put(key, part)


def _conditions(known: Label | None) -> Sequence[tuple[str, str]]:
    """RFC 9110 §13.1: only if it has changed."""
    if known is None:
        return ()
    wanted = (("If-None-Match", known.etag), ("If-Modified-Since", known.last_modified))
    return [(name, value) for name, value in wanted if value and value.isascii()]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
