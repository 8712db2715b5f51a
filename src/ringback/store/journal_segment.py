"""A segment: one append-only file of journal entries, a line of JSON each, and the index that finds a call in it.

An entry's line begins with its call, so that lines of other calls are told apart without parsing. The index, written
when the segment is full, is a sorted table of (call, where its first line begins, where its last line ends). A segment
without index (the one being written, or one left by a crash) is searched from end to end; a torn last line is skipped.
"""

import mmap
import os
import re
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import msgspec

from ringback.kernel.journal import Entry
from ringback.kernel.sid import is_sid
from ringback.store.journal_spans import ROW, Span, Spans

_CALL = re.compile(rb'^\{"call":"([^"]{1,64})"', re.MULTILINE)
#: octets before the end of a call's lines in which its last one is looked for first
_TAIL = 262_144
_decode = msgspec.json.Decoder(Entry).decode


def key_of(call_sid: str) -> bytes:
    """16 octets that stand for a call: those of its SID, so that a prefix of it finds it."""
    if is_sid(call_sid, "CA"):
        return bytes.fromhex(call_sid[2:])
    return blake2b(call_sid.encode("utf-8", "replace"), digest_size=16).digest()


class Segment:
    """``path`` of the lines; named by a number that grows, so that names sort by age."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.index_path = path.with_suffix(".index")

    @classmethod
    def numbered(cls, folder: Path, number: int) -> "Segment":
        return cls(folder / f"{number:010d}.jsonl")

    @property
    def number(self) -> int:
        return int(self.path.stem)

    @property
    def size(self) -> int:
        """Octets on disk, with the index."""
        return sum(_size(path) for path in (self.path, self.index_path))

    @property
    def written_at(self) -> float:
        """When the last line was written, in seconds since 1970."""
        try:
            return self.path.stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def delete(self) -> None:
        self.path.unlink(missing_ok=True)
        self.index_path.unlink(missing_ok=True)

    def entries(self, call_sid: str) -> Iterator[Entry]:
        """The call's entries in this segment, in order."""
        span = self._span(call_sid)
        if span is None:
            return
        opening = b'{"call":' + msgspec.json.encode(call_sid)
        try:
            with self.path.open("rb") as file:
                file.seek(span[0])
                yield from _entries(file.read(span[1] - span[0]), opening)
        except FileNotFoundError:  # removed meanwhile
            return

    def last(self, call_sid: str) -> Entry | None:
        """The call's last entry in this segment, read from its end."""
        span = self._span(call_sid)
        if span is None:
            return None
        start = max(span[0], span[1] - _TAIL)
        opening = b'{"call":' + msgspec.json.encode(call_sid)
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                found = list(_entries(file.read(span[1] - start), opening))
        except FileNotFoundError:
            return None
        found = found or list(self.entries(call_sid))
        return found[-1] if found else None

    def calls(self, prefix: str) -> list[str]:
        """SIDs of this segment's calls that begin with ``prefix``, in the order in which they began."""
        table = self._table()
        if table is None:
            wanted = prefix.encode("utf-8", "replace")
            return list({sid.decode("utf-8", "replace"): None for sid in self._scan() if sid.startswith(wanted)})
        return [sid for _, sid in sorted(_matching(table, prefix))]

    def write_index(self, spans: Spans | None = None) -> None:
        """Writes the index, whole or not at all; without ``spans`` it reads the segment first. Raises `OSError`."""
        rows = (self._read_spans() if spans is None else spans).table()
        unfinished = self.index_path.with_suffix(".new")
        try:
            unfinished.write_bytes(rows)
            os.replace(unfinished, self.index_path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise

    def _span(self, call_sid: str) -> Span | None:
        table = self._table()
        if table is None:
            return (0, _size(self.path))
        key = key_of(call_sid)
        row = _place(table, key)
        found = table[row * ROW.size : (row + 1) * ROW.size]
        if found[:16] != key:
            return None
        _, start, end = ROW.unpack(found)
        return (start, end)

    def _table(self) -> bytes | None:
        try:
            return self.index_path.read_bytes()
        except FileNotFoundError:
            return None

    def _scan(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                for match in _CALL.finditer(view):
                    yield match[1]
        except (FileNotFoundError, ValueError):  # gone, or empty
            return

    def _read_spans(self) -> Spans:
        spans = Spans()
        position = 0
        with self.path.open("rb") as file:
            for line in file:
                end = position + len(line)
                if (match := _CALL.match(line)) is not None and line.endswith(b"\n"):
                    spans.note(key_of(match[1].decode("utf-8", "replace")), position, end)
                position = end
        return spans


def segments_in(folder: Path) -> list[Segment]:
    """The segments of ``folder``, the oldest first."""
    return [Segment(path) for path in sorted(folder.glob("[0-9]*.jsonl"))]


def _matching(table: bytes, prefix: str) -> Iterator[tuple[int, str]]:
    """Where the call begins, and its SID."""
    digits = prefix[2:]
    if not "CA".startswith(prefix[:2]) or not re.fullmatch("[0-9a-f]{0,32}", digits):
        return
    for row in range(_place(table, bytes.fromhex(digits.ljust(32, "0"))), len(table) // ROW.size):
        key, start, _ = ROW.unpack_from(table, row * ROW.size)
        sid = "CA" + key.hex()
        if not sid.startswith(prefix):
            return
        yield start, sid


def _entries(data: bytes, opening: bytes) -> Iterator[Entry]:
    at = 0 if data.startswith(opening) else data.find(b"\n" + opening) + 1
    while data.startswith(opening, at):
        end = data.find(b"\n", at)
        if end < 0:  # the server is writing it, or was killed there
            return
        try:
            yield _decode(data[at:end])
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        at = end + 1
        if not data.startswith(opening, at):
            at = data.find(b"\n" + opening, end) + 1
            if at == 0:
                return


def _place(table: bytes, key: bytes) -> int:
    """The first row whose key is not less than ``key``."""
    low, high = 0, len(table) // ROW.size
    while low < high:
        middle = (low + high) // 2
        if table[middle * ROW.size : middle * ROW.size + 16] < key:
            low = middle + 1
        else:
            high = middle
    return low


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
