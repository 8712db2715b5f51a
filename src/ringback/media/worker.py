"""The worker process: sockets, table and tick; commands come in, events go out through one socket pair."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any

from ringback.media.desk import Desk
from ringback.media.messages import (
    BATCH,
    LARGEST,
    Command,
    Event,
    Ping,
    Ready,
    UseSocket,
    decode_commands,
    encode,
    failure_of,
)
from ringback.media.timer import PERIOD, TickTimer

#: ticks that are made up for when the process was held up; beyond that time is skipped
_MOST_BEHIND = 5
_MOST_DESCRIPTORS = 64
#: seconds for which commands are taken, and obeyed, between two ticks however late these are; and the share of the
#: delay that this may be: after a pause, what was commanded in it comes before what arrived in it
_LEAST_SECONDS = 0.001
_SHARE_OF_DELAY = 0.1


class Worker:
    """Waits for commands, RTCP and the time, and lets the `Desk` work."""

    def __init__(self, control: socket.socket, timer: TickTimer | None = None) -> None:
        control.setblocking(False)
        self._control = control
        self._timer = timer or TickTimer()
        self._out: deque[Event] = deque()
        self._commands: deque[Command] = deque()
        self.desk = Desk(self._out.append)
        self._ends = False
        self._handlers: dict[int, Callable[[], None]] = {control.fileno(): self._take_commands}
        self._poll = select.epoll()
        self._poll.register(control.fileno(), select.EPOLLIN)
        if self._timer.descriptor is not None:
            self._handlers[self._timer.descriptor] = self._timer.clear
            self._poll.register(self._timer.descriptor, select.EPOLLIN)
        self.desk.watch_rtcp = self._watch

    def run(self) -> None:
        """Until the control side closes its end."""
        self._out.append(Ready(os.getpid()))
        while not self._ends:
            self._flush()
            for descriptor, _ in self._poll.poll(self._patience()):
                self._handlers.get(descriptor, lambda: None)()
            if self._commands:
                self._obey()
            self._tick_when_due()
        self.desk.close()
        self._flush()
        self._poll.close()
        self._timer.close()
        self._control.close()

    def _patience(self) -> float | None:
        """How long to wait for something to happen; None: the timer will say."""
        if (late := self._timer.lateness) >= 0 or self._commands:
            return 0.0
        return None if self._timer.descriptor is not None else -late

    def _tick_when_due(self) -> None:
        """One tick at most: commands are heard between two, even by a worker that cannot keep up."""
        late = self._timer.lateness
        if late > _MOST_BEHIND * PERIOD:
            missed = int(late / PERIOD)
            self._timer.skip(missed)
            self.desk.skip(missed)
            late -= missed * PERIOD
        if late >= 0:
            self._timer.ticks += 1
            self.desk.tick(late)

    def _watch(self, descriptor: int, handler: Callable[[], None] | None) -> None:
        if handler is None:
            self._poll.unregister(descriptor)
            del self._handlers[descriptor]
        else:
            self._handlers[descriptor] = handler
            self._poll.register(descriptor, select.EPOLLIN)

    def _take_commands(self) -> None:
        until = self._end_of_commands()
        while self._has_time(until) or not self._commands:
            try:
                packet, descriptors, _, _ = socket.recv_fds(self._control, LARGEST, _MOST_DESCRIPTORS)
            except BlockingIOError:
                break
            except OSError:
                packet = b""
            if not packet:
                self._ends = True
                break
            self._unpack(packet, descriptors)

    def _end_of_commands(self) -> float:
        return time.monotonic() + max(_LEAST_SECONDS, self._timer.lateness * _SHARE_OF_DELAY)

    def _has_time(self, until: float) -> bool:
        """Whether no tick is due, or the moment ``until`` has not come: commands are heard by a worker that is late."""
        return self._timer.lateness < 0 or time.monotonic() < until

    def _unpack(self, packet: bytes, descriptors: list[int]) -> None:
        waiting = deque(descriptors)
        for command in decode_commands(packet):
            if isinstance(command, UseSocket):
                rtp = socket.socket(fileno=waiting.popleft())
                rtcp = socket.socket(fileno=waiting.popleft()) if command.rtcp else None
                self.desk.use_socket(command.socket, rtp, rtcp)
            elif isinstance(command, Ping):
                self._obey_safely(command)  # asks whether we live: however much there is to do before
            else:
                self._commands.append(command)

    def _obey(self) -> None:
        until = self._end_of_commands()
        while self._commands and self._has_time(until):
            self._obey_safely(self._commands.popleft())
        self.desk.begin_sounds()

    def _obey_safely(self, command: Command) -> None:
        """A defect in one command must not take the sound from a thousand other calls."""
        try:
            self.desk.obey(command)
        except Exception:
            print(f"media worker: {command} failed", file=sys.stderr)  # noqa: T201
            traceback.print_exc()
            if (answer := failure_of(command)) is not None:
                self._out.append(answer)

    def _flush(self) -> None:
        while self._out:
            batch: list[Any] = [self._out[index] for index in range(min(BATCH, len(self._out)))]
            try:
                self._control.send(encode(batch))
            except BlockingIOError:
                return
            except OSError:
                self._ends = True
                return
            for _ in batch:
                self._out.popleft()


def _go_first() -> None:
    """A tick does not wait for other programs of this core, as far as the system lets us: in real time, else nicely.

    Linux leaves a twentieth of each second to others whatever we do (sched(7), sched_rt_runtime_us).
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(os.sched_get_priority_min(os.SCHED_RR)))
    except (OSError, AttributeError):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, -10)


def main(descriptor: int) -> None:
    """Runs on the inherited socket ``descriptor`` until the control side is gone."""
    for ignored in (signal.SIGINT, signal.SIGTERM):  # the control side decides when we end: it may be draining
        signal.signal(ignored, signal.SIG_IGN)
    _go_first()
    control = socket.socket(fileno=descriptor)
    worker = Worker(control)
    gc.collect()
    gc.freeze()
    gc.disable()
    worker.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
