"""A line of the spool: checksum (CRC-32, eight hexadecimal digits), number of the group, a unit's entries as JSON."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import msgspec

from ringback.store.text import storable
from ringback.store.writing import Entry

_LINE = re.compile(rb"([0-9a-f]{8}) ((\d+) (.*))\n", re.DOTALL)
#: where a line may begin
_START = re.compile(rb"[0-9a-f]{8} \d+ \[")
#: octets read at a time
_PIECE = 1_048_576
_encode = msgspec.json.Encoder(enc_hook=str).encode  # a kind of str becomes a str
_decode = msgspec.json.Decoder(list[Entry]).decode


@dataclass(frozen=True, slots=True)
class Line:
    """``number`` is None when the line is damaged; ``end``: where it ends in the file."""

    text: bytes
    number: int | None
    body: bytes
    end: int

    def entries(self) -> list[Entry] | None:
        """None when another version wrote what is no entry here."""
        try:
            return _decode(self.body)
        except msgspec.DecodeError:
            return None


def printed(number: int, entries: Sequence[Entry]) -> bytes:
    storables = [Entry(entry.table, entry.action, dict(storable(entry.values))) for entry in entries]
    text = b"%d %s" % (number, _encode(storables))
    return b"%08x %s\n" % (crc32(text), text)


def lines(file: int, start: int, end: Callable[[], int]) -> Iterator[Line]:
    """The lines from ``start`` on; what is not ended by a line's end is none, nor is room that was never written (NUL).

    What is damaged is a line too, and what is whole before and behind it is found.
    """
    held = b""
    position = start
    while piece := os.pread(file, min(_PIECE, end() - position - len(held)), position + len(held)):
        whole, newline, held = (held + piece).rpartition(b"\n")
        for text in (whole + newline).splitlines(keepends=True):
            position += len(text)
            yield from _read(text, position)
        if not held.strip(b"\0"):
            position += len(held)
            held = b""


def _read(text: bytes, end: int) -> Iterator[Line]:
    """One line, or what damage made one of several: something, and a whole line behind it."""
    line = _parsed(text, end)
    starts = [found.start() for found in _START.finditer(text, 1)] if line.number is None else []
    for start in starts:
        behind = _parsed(text[start:], end)
        if behind.number is not None:
            yield _parsed(text[: start - 1] + b"\n", end - len(text) + start, damaged=text[:start])
            yield behind
            return
    yield line


def _parsed(text: bytes, end: int, damaged: bytes = b"") -> Line:
    """``damaged``: what stands in the file instead of ``text``, if ``text`` is no line."""
    match = _LINE.fullmatch(text)
    if match is None or int(match[1], 16) != crc32(match[2]):
        return Line(damaged or text, None, b"", end)
    return Line(text, int(match[3]), match[4], end)
