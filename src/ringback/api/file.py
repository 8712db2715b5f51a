"""Files over HTTP: ranges (RFC 9110 §14), validators (§8.8), conditions (§13)."""

import asyncio
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from ringback.api.answer import Answer, Send

_RANGE = re.compile(rb"bytes=(\d{0,15})-(\d{0,15})\Z")
_PIECE = 262_144


@dataclass(frozen=True, slots=True)
class File:
    """Octets, or where they lie; ``changed`` has a zone."""

    content: bytes | Path
    size: int
    content_type: bytes
    changed: datetime
    tag: bytes

    @classmethod
    def held(cls, content: bytes, content_type: bytes, changed: datetime) -> "File":
        """Octets in memory."""
        digest = hashlib.blake2b(content, digest_size=12).hexdigest().encode()
        return cls(content, len(content), content_type, changed, b'"' + digest + b'"')

    @classmethod
    def at(cls, path: Path, content_type: bytes) -> "File":
        """A file on disk. Raises `OSError` when there is none."""
        facts = path.stat()
        tag = b'"%x-%x"' % (facts.st_size, facts.st_mtime_ns)
        return cls(path, facts.st_size, content_type, datetime.fromtimestamp(int(facts.st_mtime), UTC), tag)

    def answer(self, headers: Mapping[bytes, bytes]) -> Answer:
        """The whole, a part, or word that what the asker has is still good."""
        about = [(b"etag", self.tag), (b"last-modified", format_datetime(self.changed, usegmt=True).encode())]
        known = headers.get(b"if-none-match", b"")
        if known == b"*" or self.tag in known:
            return Answer(304, headers=about)
        about += [(b"accept-ranges", b"bytes"), (b"cache-control", b"max-age=60")]
        wanted = _RANGE.match(headers.get(b"range", b""))
        if wanted is None or wanted[1] == wanted[2] == b"" or headers.get(b"if-range", self.tag) != self.tag:
            return self._piece(200, 0, self.size, about)
        return self._part(wanted[1], wanted[2], about)

    def _part(self, first: bytes, last: bytes, about: list[tuple[bytes, bytes]]) -> Answer:
        if first:
            start, end = int(first), min(int(last) + 1 if last else self.size, self.size)
        else:
            start, end = max(0, self.size - int(last)), self.size
        if start >= end:
            return Answer(416, headers=[*about, (b"content-range", b"bytes */%d" % self.size)])
        about.append((b"content-range", b"bytes %d-%d/%d" % (start, end - 1, self.size)))
        return self._piece(206, start, end, about)

    def _piece(self, status: int, start: int, end: int, about: Iterable[tuple[bytes, bytes]]) -> Answer:
        if isinstance(self.content, bytes):
            return Answer(status, self.content[start:end], self.content_type, about)
        return FromDisk(status, b"", self.content_type, about, self.content, start, end)


@dataclass(frozen=True, slots=True)
class FromDisk(Answer):
    """A part of a file, read while it is sent."""

    path: Path = Path()
    start: int = 0
    end: int = 0

    async def send(self, send: Send) -> None:
        length = (b"content-length", b"%d" % (self.end - self.start))
        headers = [(b"content-type", self.content_type), length, *self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        with await asyncio.to_thread(self.path.open, "rb") as file:
            file.seek(self.start)
            left = self.end - self.start
            while left > 0 and (piece := await asyncio.to_thread(file.read, min(left, _PIECE))):
                left -= len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
