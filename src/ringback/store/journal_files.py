"""Journals on disk: takes entries without waiting, and gives back those of one call, from another process too."""

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import structlog

from ringback.kernel.clock import Clock
from ringback.kernel.journal import Entry
from ringback.store.journal_segment import Segment, key_of, segments_in
from ringback.store.journal_spans import Spans

#: seconds that an entry may wait for others before it is written
_GATHER = 0.05
#: seconds between attempts while nothing can be written
_PAUSE = 1.0
#: most octets of a segment, and seconds that one is written to
_SEGMENT_BYTES = 64 * 1024 * 1024
_SEGMENT_SECONDS = 3600.0
#: most entries that wait while nothing can be written; then the oldest are lost
_MOST_WAITING = 200_000
_DAY = 86_400.0
_log = structlog.get_logger("ringback.journal")
_encode = msgspec.json.Encoder().encode


class JournalFiles:
    """Segments in ``folder``, at most ``max_bytes`` octets in all and ``max_days`` old; the oldest go first.

    Entries are in the files within 0.1 s. Without the rights to write, or on a full disk, calls go on: the log says so
    once, and entries wait in memory up to a limit.
    """

    def __init__(self, folder: Path, max_bytes: int, max_days: float, clock: Clock) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._max_days = max_days
        self._clock = clock
        self._most = min(_SEGMENT_BYTES, max(max_bytes // 8, 65_536))
        self._waiting: list[Entry] = []
        self._unwritten: list[bytes] = []
        self._unwritten_keys: list[bytes] = []
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._idle = threading.Condition()
        self._taken = self._done = 0
        self._closing = False
        self._thread: threading.Thread | None = None
        self._open: _OpenSegment | None = None
        #: entries that were never written, nearly all of them for a full disk
        self.lost = 0
        self._in_trouble = False

    # from the event loop

    def sink(self, entry: Entry) -> None:
        """Takes ``entry``, which must not be changed any more; never waits."""
        self._waiting.append(entry)
        self._taken += 1
        if not self._wake.is_set():
            self._start()
            self._wake.set()

    async def flush(self) -> None:
        """Returns when all that was taken is in the files, or cannot be."""
        await asyncio.to_thread(self._wait_written, self._taken)

    async def close(self) -> None:
        """Writes what is left, as far as the disk takes it, and ends."""
        if self._thread is not None:
            self._closing = True
            self._hurry.set()
            self._wake.set()
            await asyncio.to_thread(self._thread.join)

    # from any thread or process

    def entries(self, call_sid: str) -> Iterator[Entry]:
        """The call's entries in order, as far as they are in the files. Reads files: not for the event loop."""
        for segment in segments_in(self._folder):
            yield from segment.entries(call_sid)

    def last(self, call_sid: str) -> Entry | None:
        """The call's last entry, if there is any in the files. Reads files: not for the event loop."""
        found = (segment.last(call_sid) for segment in reversed(segments_in(self._folder)))
        return next((entry for entry in found if entry is not None), None)

    def find(self, prefix: str) -> list[str]:
        """SIDs of the calls whose SID begins so, the oldest call first. Reads files: not for the event loop."""
        return list(dict.fromkeys(sid for segment in segments_in(self._folder) for sid in segment.calls(prefix)))

    def index(self) -> None:
        """Writes the index that a crash left unwritten. Reads files: not for the event loop."""
        for segment in segments_in(self._folder):
            if not segment.index_path.exists() and (self._open is None or segment.path != self._open.segment.path):
                segment.write_index()

    def remove_old(self) -> None:
        """Deletes the oldest segments until size and age are within their limits."""
        segments = segments_in(self._folder)
        total = sum(segment.size for segment in segments)
        oldest = self._clock.utc().timestamp() - self._max_days * _DAY
        for segment in segments:
            if self._open is not None and segment.path == self._open.segment.path:
                break
            if total <= self._max_bytes - self._most and segment.written_at >= oldest:
                break
            total -= segment.size
            segment.delete()

    # the writing thread

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
            self._thread.start()

    def _wait_written(self, count: int) -> None:
        self._hurry.set()
        with self._idle:
            self._idle.wait_for(lambda: self._done >= count or self._in_trouble)
        self._hurry.clear()

    def _work(self) -> None:
        self._tidy()
        while True:
            self._wake.wait()
            self._hurry.wait(_GATHER)
            self._wake.clear()
            closing = self._closing
            self._encode_waiting()
            written = self._write()
            if closing and (written or self._in_trouble):
                break
            if not written:
                self._wake.set()
                self._hurry.wait(_PAUSE)
        if self._open is not None:
            self._seal()

    def _encode_waiting(self) -> None:
        entries, self._waiting = self._waiting, []
        for entry in entries:
            try:
                line, key = _line(entry), key_of(str(entry["call"]))
            except Exception as error:  # whatever somebody put into it: the others are written
                self._lose(1)
                _log.error("a journal's entry cannot be written", kind=entry.get("kind"), why=repr(error)[:200])
                continue
            self._unwritten.append(line)
            self._unwritten_keys.append(key)
        if (surplus := len(self._unwritten) - _MOST_WAITING) > 0:
            del self._unwritten[:surplus], self._unwritten_keys[:surplus]
            self._lose(surplus)

    def _lose(self, count: int) -> None:
        self.lost += count
        self._done += count

    def _write(self) -> bool:
        """Whether all that waits is in the file."""
        try:
            if self._unwritten:
                self._current().append(self._unwritten, self._unwritten_keys)
        except OSError as error:
            self._complain(error)
            return False
        with self._idle:
            self._done += len(self._unwritten)
            self._idle.notify_all()
        self._unwritten.clear()
        self._unwritten_keys.clear()
        if self._in_trouble:
            self._in_trouble = False
            _log.info("journals are written again", lost=self.lost)
        return True

    def _complain(self, error: OSError) -> None:
        if not self._in_trouble:
            _log.error("journals cannot be written; calls go on", folder=str(self._folder), error=error.strerror)
        with self._idle:
            self._in_trouble = True
            self._idle.notify_all()

    def _current(self) -> "_OpenSegment":
        now = self._clock.now()
        if self._open is not None and (self._open.size >= self._most or now - self._open.opened_at >= _SEGMENT_SECONDS):
            self._seal()
            self.remove_old()
        if self._open is None:
            segments = segments_in(self._folder)
            number = segments[-1].number + 1 if segments else 1
            self._open = _OpenSegment(Segment.numbered(self._folder, number), now)
        return self._open

    def _seal(self) -> None:
        opened, self._open = self._open, None
        assert opened is not None
        try:
            opened.seal()
        except OSError:  # a segment without index is searched instead
            pass

    def _tidy(self) -> None:
        try:
            self.index()
            self.remove_old()
        except OSError as error:
            self._complain(error)


class _OpenSegment:
    """The segment being written to."""

    def __init__(self, segment: Segment, opened_at: float) -> None:
        self.segment = segment
        self.opened_at = opened_at
        self.size = 0
        self._spans = Spans()
        self._file = os.open(segment.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def append(self, lines: list[bytes], keys: list[bytes]) -> None:
        """All of ``lines``, or none and an `OSError`."""
        data = b"".join(lines)
        try:
            _write_all(self._file, data, self.size)
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        position = self.size
        for line, key in zip(lines, keys, strict=True):
            self._spans.note(key, position, position + len(line))
            position += len(line)
        self.size = position

    def seal(self) -> None:
        os.close(self._file)
        self.segment.write_index(self._spans)


def _write_all(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, offset)
        offset += written
        view = view[written:]


def _line(entry: Entry) -> bytes:
    try:
        return _encode(entry) + b"\n"
    except (TypeError, ValueError):  # octets that are no text, or an object of ours
        shown = json.dumps(entry, ensure_ascii=False, separators=(",", ":"), default=str)
        return shown.encode("utf-8", "replace") + b"\n"
