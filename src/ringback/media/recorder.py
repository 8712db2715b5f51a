"""The recorder: what rows hear goes to raw files, gathered for a part of a second and written by a thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from ringback.media.codec import Samples
from ringback.media.messages import Captured

#: ticks gathered before they are written: a tenth of a second for a few captures, half a second for many
_TICKS, _TICKS_OF_MANY = 5, 25
_MANY = 20


@dataclass(slots=True, eq=False)
class _Capture:
    stream: int
    name: int
    path: str
    file: BinaryIO | None = None
    samples: int = 0
    fault: str = ""

    def write(self, sound: Samples) -> None:
        """Fills the file; the first fault ends the writing, and is told at the end."""
        try:
            if self.file is None and not self.fault:
                self.file = open(self.path, "wb", buffering=0)  # noqa: SIM115
            if self.file is not None:
                self.file.write(sound.astype("<i2", copy=False).tobytes())
                self.samples += len(sound)
        except OSError as error:
            self.fault = error.strerror or str(error)
            self.close()

    def close(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None


class Recorder:
    """Captures of any rows; a row may have several. ``tell`` is called from the writing thread."""

    def __init__(self, tell: Callable[[Captured], None]) -> None:
        self.tell = tell
        self._captures: list[tuple[int, _Capture]] = []
        self._rows = np.zeros(0, dtype=np.intp)
        self._gathered: list[Samples] = []
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self, row: int, stream: int, name: int, path: str) -> None:
        self._flush()
        capture = _Capture(stream, name, path)
        self._captures.append((row, capture))
        self._changed()
        self._do(lambda: capture.write(np.zeros(0, dtype=np.int16)))

    def stop(self, row: int, name: int | None = None) -> None:
        """Ends one capture of ``row``, or all; `Captured` follows when its file is complete."""
        ended = [capture for at, capture in self._captures if at == row and name in (None, capture.name)]
        if not ended:
            return
        self._flush()
        self._captures = [(at, capture) for at, capture in self._captures if capture not in ended]
        self._changed()
        for capture in ended:
            self._do(lambda capture=capture: self._finish(capture))  # type: ignore[misc]

    def record(self, heard: Samples) -> None:
        """One tick's sound of all rows."""
        if not self._captures:
            return
        self._gathered.append(heard[self._rows])
        if len(self._gathered) >= (_TICKS if len(self._captures) < _MANY else _TICKS_OF_MANY):
            self._flush()

    def close(self) -> None:
        """Ends the thread when it has written everything."""
        for row in {at for at, _ in self._captures}:
            self.stop(row)
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None

    def _changed(self) -> None:
        self._rows = np.array([row for row, _ in self._captures], dtype=np.intp)

    def _flush(self) -> None:
        if not self._gathered:
            return
        sound = np.stack(self._gathered, axis=1)
        self._gathered = []
        captures = [capture for _, capture in self._captures]
        self._do(lambda: _write(captures, sound))

    def _finish(self, capture: _Capture) -> None:
        capture.close()
        self.tell(Captured(capture.stream, capture.name, capture.samples, capture.fault))

    def _do(self, job: Callable[[], None]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _write(captures: list[_Capture], sound: Samples) -> None:
    for capture, one in zip(captures, sound, strict=True):
        capture.write(one.reshape(-1))
