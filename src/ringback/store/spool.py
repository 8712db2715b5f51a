"""The spool: a file of records' changes that wait for the database, in order.

The first line is ``ringback-spool 1 NAME``: the format's version, and the name under which the database keeps the mark.
Each other line is one unit (`spool_line`); numbers of groups never go down. A group is on the disk before `append`
returns. What a crash tore off at the end is cut; what is damaged is set aside. Room is allocated ahead,
so that a full disk still has some for it.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from ringback.kernel.errors import SettingError
from ringback.kernel.sid import new_sid
from ringback.store.spool_line import Line, lines, printed
from ringback.store.writing import Entry

_VERSION = 1
_HEADER = re.compile(rb"ringback-spool (\d+) (\w+)\n")
#: octets allocated ahead
_RESERVE = 16_777_216
#: octets read at a time
_PIECE = 1_048_576
#: octets of a record that the log shows
_SHOWN = 2000
_DAMAGED = "it is damaged"
_log = structlog.get_logger("ringback.store")


class SpoolFull(OSError):
    """It holds as much as the setting allows."""


@dataclass(slots=True)
class Group:
    """Units that were put by together; ``end``: where the last one ends in the file.

    ``unread``: lines that cannot be read, and why.
    """

    number: int
    end: int = 0
    units: list[list[Entry]] = field(default_factory=list)
    count: int = 0
    unread: list[tuple[bytes, str]] = field(default_factory=list)


class Spool:
    """Belongs to one thread at a time. ``max_bytes``: what may wait; while it is emptied the file may be twice that."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        """Opens or makes it. Raises `SettingError` when that cannot be, or a newer version wrote it."""
        self.path = path
        self.max_bytes = max_bytes
        #: the highest number in it, and how many units wait
        self.last = self.count = 0
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self.name, self._begin = self._header()
            self._read = self._end = self._begin
            self._survey()
        except OSError as error:
            raise SettingError(
                f"data_dir = {str(path.parent)!r}: {path.name} cannot be used ({error.strerror}); "
                "make room, and give its owner the right to read and write it"
            ) from error

    @property
    def size(self) -> int:
        """Octets that wait."""
        return self._end - self._read

    def append(self, number: int, units: Sequence[Sequence[Entry]]) -> None:
        """On the disk on return. Raises `OSError` when there is no room: then nothing of it is kept."""
        octets = b"".join(printed(number, unit) for unit in units)
        if self.size + len(octets) > self.max_bytes:
            raise SpoolFull("it is full")
        try:
            _write(self._file, octets, self._end)
            os.fsync(self._file)
        except OSError:
            self._cut()
            raise
        self._end += len(octets)
        self.last = number
        self.count += len(units)

    def oldest(self, most: int) -> list[Group]:
        """Whole groups from the oldest on, until they are ``most`` units or more; `took` takes them away."""
        groups: list[Group] = []
        for line in lines(self._file, self._read, lambda: self._end):
            if line.number is not None and (not groups or groups[-1].number != line.number):
                if sum(group.count for group in groups) >= most:
                    break
                groups.append(Group(line.number))
            if groups:
                self._add(line, groups[-1])
            else:
                self._keep_aside(line.text, _DAMAGED)
                self._read = line.end
        return groups

    def took(self, groups: Sequence[Group]) -> None:
        """The database has these, the oldest ones."""
        for group in groups:
            for text, why in group.unread:
                self._keep_aside(text, why)
            self._read = group.end
            self.count -= group.count
        if self._read == self._end:
            self._start_anew()

    def set_aside(self, unit: Sequence[Entry], why: str) -> None:
        """Keeps what the database refuses, for a person to look at."""
        self._keep_aside(printed(0, unit), why)

    def close(self) -> None:
        os.close(self._file)

    def _add(self, line: Line, group: Group) -> None:
        group.end = line.end
        if line.number is None:
            return group.unread.append((line.text, _DAMAGED))
        group.count += 1
        if (entries := line.entries()) is None:
            return group.unread.append((line.text, "this version does not know it"))
        group.units.append(entries)

    def _keep_aside(self, text: bytes, why: str) -> None:
        aside = self.path.with_suffix(".refused")
        record = text.strip(b"\0\n")
        shown = record[:_SHOWN].decode("utf-8", "replace")
        _log.error("a record was not kept, and is set aside", where=str(aside), why=why, octets=len(text), record=shown)
        try:
            with aside.open("ab") as file:
                file.write(record + b"\n")
        except OSError as error:
            _log.error("nor could it be set aside", where=str(aside), why=error.strerror)

    # the file

    def _header(self) -> tuple[str, int]:
        start = os.pread(self._file, 200, 0)
        head = _HEADER.match(start)
        if head is None and self._holds_lines():
            raise SettingError(f"{self.path}: this is no spool of records; move it away")
        if head is None:
            return self._make()
        if int(head[1]) > _VERSION:
            raise SettingError(f"{self.path}: a newer Ringback wrote it (format {int(head[1])}); install that version")
        return head[2].decode(), head.end()

    def _holds_lines(self) -> bool:
        size = os.fstat(self._file).st_size
        return any(b"\n" in os.pread(self._file, _PIECE, at) for at in range(0, size, _PIECE))

    def _make(self) -> tuple[str, int]:
        name = new_sid("SP")
        header = f"ringback-spool {_VERSION} {name}\n".encode()
        os.ftruncate(self._file, 0)
        _write(self._file, header, 0)
        os.fsync(self._file)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return name, len(header)

    def _survey(self) -> None:
        """Finds the end of what was written; what is damaged behind it is set aside, what is torn is cut."""
        everything = os.fstat(self._file).st_size
        behind: list[bytes] = []
        for line in lines(self._file, self._begin, lambda: everything):
            if line.number is None:
                behind.append(line.text)
                continue
            behind.clear()
            self.last, self._end = line.number, line.end
            self.count += 1
        for text in behind:
            self._keep_aside(text, _DAMAGED)
        self._cut()

    def _start_anew(self) -> None:
        self._read = self._end = self._begin
        self._cut()

    def _cut(self) -> None:
        """Nothing is behind the end but room."""
        try:
            os.ftruncate(self._file, self._end)
            os.posix_fallocate(self._file, 0, max(self._end, min(_RESERVE, self.max_bytes)))
        except OSError as error:
            _log.warning("no room could be allocated for the spool", spool=str(self.path), why=error.strerror)


def _write(file: int, octets: bytes, position: int) -> None:
    """All of it. Raises `OSError`."""
    view = memoryview(octets)
    while view:
        done = os.pwrite(file, view, position)
        view, position = view[done:], position + done
