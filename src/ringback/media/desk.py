"""The desk of a worker: carries out the commands of the control side on the table."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from ringback.media import messages, rtp
from ringback.media.codec import Samples, codecs
from ringback.media.key_sender import pieces
from ringback.media.negotiation import COMFORT_NOISE, EVENT
from ringback.media.reports import facts_of
from ringback.media.strain import LATE
from ringback.media.system_calls import host_and_port, never_split, want_arrival_times
from ringback.media.table import Table
from ringback.media.tick import Tick

#: ticks after which silence is sent when nothing plays: so that the peer's NAT and time-outs see us
_SILENCE_AFTER = 10
_RTCP_AT_ONCE = 100
_LARGEST_RTCP = 2048
_MEANINGS = {name: rtp.CODEC + index for index, name in enumerate(codecs())} | {
    EVENT: rtp.EVENT,
    COMFORT_NOISE: rtp.NOISE,
}
_CODEC_INDEX = {name: index for index, name in enumerate(codecs())}


class Desk:
    """One method a command. A command for a stream that is closed already is ignored."""

    def __init__(self, tell: Callable[[messages.Event], None], capacity: int = 4096) -> None:
        self._tell = tell
        self.table = Table(capacity)
        self._from_threads: deque[messages.Event] = deque()
        self._work = Tick(self.table, tell)
        self._work.recorder.tell = self._from_threads.append
        self._rows: dict[int, int] = {}
        self._events: dict[int, int | None] = {}  #: row → payload type of telephone-events that the peer takes
        self._new_sounds: set[int] = set()  #: rows where a sound was queued since the last tick
        self._strangers_before: dict[int, int] = {}
        self._rtcp: dict[int, socket.socket] = {}
        self.skipped = 0  #: ticks
        self._ticks = self._late = 0
        self._busy_s = 0.0
        self._late_ms: deque[float] = deque(maxlen=5000)
        self._took_ms: deque[float] = deque(maxlen=5000)
        #: lets the loop call a handler when a descriptor has something; None: no more
        self.watch_rtcp: Callable[[int, Callable[[], None] | None], None] = lambda descriptor, handler: None

    def tick(self, late: float = 0.0) -> Samples:
        """20 ms have passed; ``late``: seconds ago. What was heard, (rows, samples)."""
        begin = time.perf_counter()
        heard = self._work.run()
        while self._from_threads:
            self._tell(self._from_threads.popleft())
        took = time.perf_counter() - begin
        self._ticks += 1
        self._late += late > LATE
        self._busy_s += took
        self._late_ms.append(late * 1000)
        self._took_ms.append(took * 1000)
        return heard

    def skip(self, ticks: int) -> None:
        """The process was held up for ``ticks``. What we send goes on where it was, as a talk spurt that begins late.

        So a peer hears it whole; what it sent meanwhile waits in the sockets, and is heard late in the same way.
        """
        self.table.resumes[: self.table.rows] = True
        self.skipped += ticks
        self._ticks += ticks
        self._late += ticks

    def begin_sounds(self) -> None:
        """Rows that were silent and have got a sound send its first packet now, not at the next tick."""
        table = self.table
        rows = [row for row in self._new_sounds if table.agreed[row] and not table.ahead[row]]
        self._new_sounds.clear()
        if rows:
            chosen = np.array(rows, dtype=np.intp)
            table.started[chosen] = True
            table.ahead[chosen] = True
            self._work.say(rows=chosen)
            self._work.player.look()

    def close(self) -> None:
        """Finishes the files that are being written, and closes all sockets."""
        self._work.recorder.close()
        for one in (*self._work.sockets.values(), *self._rtcp.values()):
            one.close()
        while self._from_threads:
            self._tell(self._from_threads.popleft())

    def obey(self, command: messages.Command) -> None:
        handler = getattr(self, "_" + type(command).__name__)
        stream = getattr(command, "stream", None)
        if isinstance(command, messages.Open) or stream is None:
            handler(command)
        elif stream in self._rows:
            handler(self._rows[stream], command)

    def use_socket(self, index: int, of_rtp: socket.socket, of_rtcp: socket.socket | None) -> None:
        want_arrival_times(of_rtp)
        never_split(of_rtp)
        self._work.sockets[index] = of_rtp
        if of_rtcp is not None:
            self._rtcp[index] = of_rtcp
            self.watch_rtcp(of_rtcp.fileno(), lambda: self._take_rtcp(of_rtcp))

    def _take_rtcp(self, source: socket.socket) -> None:
        for _ in range(_RTCP_AT_ONCE):
            try:
                packet, address = source.recvfrom(_LARGEST_RTCP)
            except OSError:
                return
            self._work.reporter.take(packet, address[:2])

    def _DropSocket(self, command: messages.DropSocket) -> None:
        self._work.sockets.pop(command.socket).close()
        self._work.strangers.pop(command.socket, None)
        if (of_rtcp := self._rtcp.pop(command.socket, None)) is not None:
            self.watch_rtcp(of_rtcp.fileno(), None)
            of_rtcp.close()

    def _Open(self, command: messages.Open) -> None:
        row = self.table.add(command.stream, command.socket)
        self.table.asked_at[row] = command.at
        self._rows[command.stream] = row
        self._strangers_before[row] = self._work.strangers.get(command.socket, 0)

    def _Agree(self, row: int, command: messages.Agree) -> None:
        table = self.table
        self._work.expect(row, *command.peer)
        table.meanings[row] = 0
        for payload_type, name in command.meanings.items():
            table.meanings[row, payload_type] = _MEANINGS[name]
        if table.codec[row] != (codec := _CODEC_INDEX[command.codec]):
            table.codec[row] = codec
            self._work.player.change_codec(row)
        table.payload_type[row] = command.payload_type
        table.silent[row] = False
        table.halves[row] = command.ms == 10
        table.sends[row], table.receives[row] = command.sends, command.receives
        if not table.agreed[row]:
            table.agreed[row] = True
            table.start_at[row] = self._work.now + _SILENCE_AFTER
        self._events[row] = command.event
        index = int(table.socket[row])
        via = self._work.sockets[index] if command.mux else self._rtcp.get(index)
        self._work.reporter.begin(row, via, command.rtcp, self._work.now)
        self._new_sounds.update({row} if table.play_end[row] and not table.started[row] else ())

    def _Play(self, row: int, command: messages.Play) -> None:
        quiet = self.table.play_next[row] >= self.table.play_end[row]
        self._work.player.play(row, command.playback, command.path, command.samples, command.loop)
        if quiet and self.table.play_end[row]:
            self._new_sounds.add(row)

    def _StopPlaying(self, row: int, command: messages.StopPlaying) -> None:
        self._work.player.stop(row, command.playback)

    def _SendKeys(self, row: int, command: messages.SendKeys) -> None:
        payload_type = self._events.get(row)
        how = command.how or ("tone" if payload_type is None else "event")
        rest = pieces(command.digits, command.ms, command.gap_ms, how)
        self._work.key_sender.press(row, command.request, rest, payload_type or 101)

    def _Listen(self, row: int, command: messages.Listen) -> None:
        self._work.want_keys(row, command.keys)
        self._work.levels.want(row, command.level)

    def _StartCapture(self, row: int, command: messages.StartCapture) -> None:
        self._work.recorder.start(row, command.stream, command.capture, command.path)

    def _StopCapture(self, row: int, command: messages.StopCapture) -> None:
        self._work.recorder.stop(row, command.capture)

    def _WantReport(self, row: int, command: messages.WantReport) -> None:
        self._tell(messages.Report(command.stream, command.request, self._facts(row)))

    def _WantFigures(self, command: messages.WantFigures) -> None:
        begin = -command.ticks - 1
        late, took = np.array([*self._late_ms, 0.0][begin:]), np.array([*self._took_ms, 0.0][begin:])
        facts = {
            "ticks": float(self._work.now),
            "skipped": float(self.skipped),
            "late_p50_ms": float(np.percentile(late, 50)),
            "late_p99_ms": float(np.percentile(late, 99)),
            "late_max_ms": float(late.max()),
            "took_p50_ms": float(np.percentile(took, 50)),
            "took_p99_ms": float(np.percentile(took, 99)),
            "cpu_s": time.process_time(),
            "unsent": float(self._work.outlet.failed),
            "rows": float(len(self._rows)),
            "sent": float(self.table.sent[: self.table.rows].sum(dtype=np.int64)),
            "received": float(self.table.received[: self.table.rows].sum(dtype=np.int64)),
        }
        self._tell(messages.Figures(command.request, facts))

    def _Ping(self, command: messages.Ping) -> None:
        self._tell(messages.Pong(command.request, self._ticks, self._late, self._busy_s))

    def _Close(self, row: int, command: messages.Close) -> None:
        facts = self._facts(row)
        self._work.forget(row)
        self._events.pop(row, None)
        self._new_sounds.discard(row)
        del self._rows[command.stream]
        self.table.remove(row)
        self._tell(messages.Closed(command.stream, facts))

    def _facts(self, row: int) -> dict[str, Any]:
        index = int(self.table.socket[row])
        strangers = self._work.strangers.get(index, 0) - self._strangers_before[row]
        facts = facts_of(self.table, row) | self._work.reporter.facts(row)
        facts["ignored"] += max(strangers, 0)
        if self.table.agreed[row]:
            host, port = host_and_port(self._work.outlet.names[row].tobytes())
            facts["peer"] = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return facts
