"""Files over HTTP: ranges (RFC 9110 §14), validators (§8.8), conditions (§13)."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from ringback.api.answer import Answer

_RANGE = re.compile(rb"bytes=(\d*)-(\d*)\Z")


@dataclass(frozen=True, slots=True)
class File:
    """Octets with their type; ``changed`` has a zone."""

    content: bytes
    content_type: bytes
    changed: datetime

    @property
    def tag(self) -> bytes:
        return b'"' + hashlib.blake2b(self.content, digest_size=12).hexdigest().encode() + b'"'

    def answer(self, headers: Mapping[bytes, bytes]) -> Answer:
        """The whole, a part, or word that what the asker has is still good."""
        tag = self.tag
        about = [(b"etag", tag), (b"last-modified", format_datetime(self.changed, usegmt=True).encode())]
        if tag in headers.get(b"if-none-match", b"") or headers.get(b"if-none-match") == b"*":
            return Answer(304, headers=about)
        about += [(b"accept-ranges", b"bytes"), (b"cache-control", b"max-age=60")]
        wanted = headers.get(b"range")
        if wanted is None or headers.get(b"if-range", tag) != tag:
            return Answer(200, self.content, self.content_type, about)
        return self._part(wanted, about)

    def _part(self, wanted: bytes, about: list[tuple[bytes, bytes]]) -> Answer:
        size = len(self.content)
        found = _RANGE.match(wanted)
        if found is None or found[1] == found[2] == b"":
            return Answer(200, self.content, self.content_type, about)
        if found[1]:
            first, last = int(found[1]), min(int(found[2] or size), size - 1)
        else:
            first, last = max(0, size - int(found[2])), size - 1
        if first > last:
            return Answer(416, headers=[*about, (b"content-range", b"bytes */%d" % size)])
        about.append((b"content-range", b"bytes %d-%d/%d" % (first, last, size)))
        return Answer(206, self.content[first : last + 1], self.content_type, about)
