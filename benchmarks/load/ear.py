"""Hears RTP on many ports in a process of its own, and judges when each packet came, by the kernel's time stamps."""

import multiprocessing
import os
import select
import socket
import struct
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

_TIMESTAMPNS = 35
#: a packet is late from here on, in seconds after its own time: one packet time that a prompt gains by its early start,
#: and one more. A phone whose jitter buffer holds two packets misses it.
LATE = 0.04
#: of so many ports one is listened at: the others' packets are left to the kernel
ONE_IN = 4


@dataclass
class Heard:
    """One stream: for each packet its sequence number, and how long after its own time it came."""

    first_stamp: int
    behind: list[float] = field(default_factory=list)
    sequence: set[int] = field(default_factory=set)

    @property
    def late(self) -> int:
        """Against the packet that came soonest after its time, but for the first.

        That leaves with the command, up to 20 ms before the tick that sends the others.
        """
        soonest = min(self.behind[1:] or self.behind)
        return sum(one - soonest > LATE for one in self.behind)

    @property
    def missing(self) -> int:
        """Between the first and the last. (Streams here are too short to wrap twice.)"""
        numbers = self.sequence
        if max(numbers) - min(numbers) > 32_768:
            numbers = {one + 65_536 if one < 32_768 else one for one in numbers}
        return max(numbers) - min(numbers) + 1 - len(numbers)


def _hear(sockets: list[socket.socket], pipe: Connection, core: int) -> None:
    os.sched_setaffinity(0, {core})
    poll = select.epoll()
    by_number = {one.fileno(): one for one in sockets}
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    poll.register(pipe.fileno(), select.EPOLLIN)
    streams: dict[int, Heard] = {}
    while True:
        for number, _ in poll.poll():
            if number == pipe.fileno():
                since = pipe.recv()
                if since is None:
                    return
                pipe.send(_judged(streams))
                streams.clear()
            else:
                _take(by_number[number], streams)


def _take(one: socket.socket, streams: dict[int, Heard]) -> None:
    while True:
        try:
            packet, ancillary, _, _ = one.recvmsg(256, 64)
        except BlockingIOError:
            return
        if len(packet) < 12 or not ancillary:
            continue
        seconds, nanoseconds = struct.unpack_from("@qq", ancillary[0][2])
        sequence, stamp, source = struct.unpack_from("!HII", packet, 2)
        stream = streams.setdefault(source, Heard(stamp))
        stream.behind.append(seconds + nanoseconds * 1e-9 - ((stamp - stream.first_stamp) & 0xFFFFFFFF) / 8000)
        stream.sequence.add(sequence)


def _judged(streams: dict[int, Heard]) -> tuple[int, int, int, int]:
    """Streams, packets, late ones, missing ones."""
    heard = streams.values()
    packets = sum(len(one.behind) for one in heard)
    return len(streams), packets, sum(one.late for one in heard), sum(one.missing for one in heard)


class Ear:
    """``ports`` are where it listens; `judge` tells what came since it was asked last."""

    def __init__(self, ports: int, core: int) -> None:
        sockets = []
        for _ in range(ports):
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.setblocking(False)
            one.setsockopt(socket.SOL_SOCKET, _TIMESTAMPNS, 1)
            one.bind(("127.0.0.1", 0))
            sockets.append(one)
        self.ports = [int(one.getsockname()[1]) for one in sockets]
        self._pipe, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        self._process = context.Process(target=_hear, args=(sockets[::ONE_IN], theirs, core), daemon=True)
        self._process.start()
        self._unheard = [one for index, one in enumerate(sockets) if index % ONE_IN]
        for one in sockets[::ONE_IN]:
            one.close()

    def judge(self) -> tuple[int, int, int, int]:
        """Streams, packets, late ones, missing ones."""
        self._pipe.send(True)
        answer: tuple[int, int, int, int] = self._pipe.recv()
        return answer

    def close(self) -> None:
        self._pipe.send(None)
        self._process.join()
        for one in self._unheard:
            one.close()
