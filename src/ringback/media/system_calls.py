"""Many packets with one system call, straight from and to arrays: recvmmsg and sendmmsg; one by one elsewhere."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import ipaddress
import select
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: octets kept of a packet that arrives: 60 ms of G.711 with header and extensions
ROOM = 640
#: octets of the largest socket address (sockaddr_in6)
NAME = 28
_CONTROL = 32
_MOST = 1024  #: the kernel's limit of one call (UIO_MAXIOV)
_SO_TIMESTAMPNS = 35
_IP_MTU_DISCOVER, _IP_PMTUDISC_PROBE = 10, 3
_SAMPLES_A_SECOND = 8000

#: struct mmsghdr of 64-bit Linux
_MESSAGE = np.dtype(
    {
        "names": ["name", "namelen", "iov", "iovlen", "control", "controllen", "flags", "length"],
        "formats": ["u8", "u4", "u8", "u8", "u8", "u8", "i4", "u4"],
        "offsets": [0, 8, 16, 24, 32, 40, 48, 56],
        "itemsize": 64,
    }
)
_VECTOR = np.dtype([("base", "u8"), ("length", "u8")])
_TRUNCATED = 0x20  # MSG_TRUNC
#: (socket, begin, end): which of the rows leave by it
Groups = list[tuple[socket.socket, int, int]]


def _function(name: str) -> ctypes._NamedFuncPointer | None:
    library = ctypes.CDLL(None, use_errno=True)
    function = getattr(library, name, None) if ctypes.sizeof(ctypes.c_void_p) == 8 else None
    if function is not None:
        function.restype = ctypes.c_int
        function.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int]
        if name == "recvmmsg":
            function.argtypes.append(ctypes.c_void_p)
    return function


_recvmmsg, _sendmmsg = _function("recvmmsg"), _function("sendmmsg")
#: whether the system has both calls
AVAILABLE = _recvmmsg is not None and _sendmmsg is not None


@lru_cache(4096)
def sockaddr(host: str, port: int) -> bytes:
    """The kernel's form of an address, padded to `NAME` octets."""
    address = ipaddress.ip_address(host)
    if address.version == 4:
        return struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + address.packed + bytes(NAME - 8)
    return struct.pack("=H", socket.AF_INET6) + struct.pack("!HI", port, 0) + address.packed + bytes(4)


def host_and_port(name: bytes) -> tuple[str, int]:
    """The inverse of `sockaddr`."""
    family, port = struct.unpack("=H", name[:2])[0], struct.unpack("!H", name[2:4])[0]
    packed = name[4:8] if family == socket.AF_INET else name[8:24]
    return socket.inet_ntop(family, packed), port


def never_split(of: socket.socket) -> None:
    """Packets leave whole or not at all (ip(7), IP_MTU_DISCOVER), so that the kernel need not number each of them."""
    if of.family == socket.AF_INET:
        with contextlib.suppress(OSError):
            of.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_PROBE)


def want_arrival_times(of: socket.socket) -> None:
    """Asks the kernel to note when each packet arrived."""
    with contextlib.suppress(OSError):
        of.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


class Early(NamedTuple):
    """A packet that arrived before its time."""

    socket: int
    name: bytes
    packet: bytes
    arrival: int
    heard: bool = False  #: by the stream that was at the same address before


class Readable:
    """Tells which of many sockets have something, by one system call: most of the many may be silent."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._watched: dict[int, socket.socket] = {}
        self._indices: dict[int, int] = {}  #: descriptor → the socket's number

    def among(self, sources: Mapping[int, socket.socket]) -> list[int]:
        """The numbers of the readable ones."""
        if self._watched != sources:
            self._watch(sources)
        return [self._indices[descriptor] for descriptor, _ in self._poll.poll(0)]

    def _watch(self, sources: Mapping[int, socket.socket]) -> None:
        self._poll = select.poll()
        self._watched = dict(sources)
        self._indices = {source.fileno(): index for index, source in sources.items()}
        for descriptor in self._indices:
            self._poll.register(descriptor, select.POLLIN)


class Intake:
    """Room for the packets of one tick: each socket's come behind those of the one before."""

    def __init__(self, room: int = 4096, many_at_once: bool = AVAILABLE) -> None:
        self.count = 0
        self.packets = np.zeros((room, ROOM), dtype=np.uint8)
        self.names = np.zeros((room, NAME), dtype=np.uint8)
        self.lengths = np.zeros(room, dtype=np.uint32)
        self.sockets = np.zeros(room, dtype=np.int32)
        self.arrivals = np.zeros(room, dtype=np.int64)  #: in samples of 8 kHz since 1970
        self._back: list[Early] = []
        self._sources = Readable()
        self._many_at_once = many_at_once
        self._control = np.zeros((room, _CONTROL // 8), dtype=np.int64)
        self._vectors = np.zeros(room, dtype=_VECTOR)
        self._vectors["base"] = self.packets.ctypes.data + np.arange(room, dtype=np.uint64) * np.uint64(ROOM)
        self._vectors["length"] = ROOM
        self._messages = np.zeros(room, dtype=_MESSAGE)
        steps = np.arange(room, dtype=np.uint64)
        self._messages["name"] = self.names.ctypes.data + steps * np.uint64(NAME)
        self._messages["iov"] = self._vectors.ctypes.data + steps * np.uint64(_VECTOR.itemsize)
        self._messages["iovlen"] = 1
        self._messages["control"] = self._control.ctypes.data + steps * np.uint64(_CONTROL)
        self._address, self._room = self._messages.ctypes.data, room
        self._renew(0, room)

    def _renew(self, begin: int, end: int) -> None:
        self._messages["namelen"][begin:end] = NAME
        self._messages["controllen"][begin:end] = _CONTROL

    def put_back(self, early: Sequence[Early]) -> None:
        """The next `receive` begins with these."""
        self._back.extend(early)

    def receive(self, sources: Mapping[int, socket.socket]) -> int:
        """Takes what waits at the sockets (by their numbers), as far as there is room; how many packets."""
        self._renew(0, self.count)
        begin = self.count = self._place_back()
        take = self._receive_many if self._many_at_once else self._receive_singly
        readable = self._sources.among(sources)
        counts = [take(sources[index]) for index in readable]
        self.sockets[begin : self.count] = np.repeat(np.array(readable, dtype=np.int32), counts)
        if self._many_at_once and self.count > begin:
            self._read_messages(slice(begin, self.count))
        return self.count

    def _place_back(self) -> int:
        back, self._back = self._back[: self._room], []
        for slot, one in enumerate(back):
            self.sockets[slot], self.arrivals[slot], self.lengths[slot] = one.socket, one.arrival, len(one.packet)
            self.names[slot] = np.frombuffer(one.name, dtype=np.uint8)
            self.packets[slot, : len(one.packet)] = np.frombuffer(one.packet, dtype=np.uint8)
        return len(back)

    def _receive_many(self, source: socket.socket) -> int:
        assert _recvmmsg is not None
        descriptor, begin = source.fileno(), self.count
        while (room := min(self._room - self.count, _MOST)) > 0:
            got = _recvmmsg(descriptor, self._address + self.count * _MESSAGE.itemsize, room, socket.MSG_DONTWAIT, None)
            if got > 0:
                self.count += got
            if got < room:
                break
        return self.count - begin

    def _read_messages(self, part: slice) -> None:
        """Lengths (0: too long to be one of ours) and times of arrival."""
        messages, control = self._messages[part], self._control[part]
        self.lengths[part] = np.where(messages["flags"] & _TRUNCATED != 0, 0, messages["length"])
        stamped = messages["controllen"] >= _CONTROL
        times = control[:, 2] * _SAMPLES_A_SECOND + control[:, 3] // (10**9 // _SAMPLES_A_SECOND)
        self.arrivals[part] = times if stamped.all() else np.where(stamped, times, arrival_time())

    def _receive_singly(self, source: socket.socket) -> int:
        begin = self.count
        while self.count < self._room:
            try:
                size, name = source.recvfrom_into(self.packets[self.count], ROOM)
            except OSError:
                break
            self.names[self.count] = np.frombuffer(sockaddr(*name[:2]), dtype=np.uint8)
            self.lengths[self.count] = size
            self.arrivals[self.count] = arrival_time()
            self.count += 1
        return self.count - begin


def arrival_time() -> int:
    """The present moment, as those of arrivals: in samples since 1970."""
    return time.time_ns() // (10**9 // _SAMPLES_A_SECOND)


class Outlet:
    """A packet for each row, with the address it goes to."""

    def __init__(self, packets: NDArray[np.void], many_at_once: bool = AVAILABLE) -> None:
        room = len(packets)
        self._packets = packets
        self._many_at_once = many_at_once
        self.names = np.zeros((room, NAME), dtype=np.uint8)
        self.failed = 0  #: packets that the kernel did not take
        steps = np.arange(room, dtype=np.uint64)
        self._vectors = np.zeros(room, dtype=_VECTOR)
        self._vectors["base"] = packets.ctypes.data + steps * np.uint64(packets.itemsize)
        self._messages = np.zeros(room, dtype=_MESSAGE)
        self._messages["name"] = self.names.ctypes.data + steps * np.uint64(NAME)
        self._messages["iov"] = self._vectors.ctypes.data + steps * np.uint64(_VECTOR.itemsize)
        self._messages["iovlen"] = 1

    def address(self, row: int, host: str, port: int) -> None:
        """The packets of ``row`` go there from now on."""
        name = sockaddr(host, port)
        self.names[row] = np.frombuffer(name, dtype=np.uint8)
        self._messages["namelen"][row] = 16 if name[:2] == struct.pack("=H", socket.AF_INET) else NAME

    def send(self, rows: NDArray[np.intp], lengths: NDArray[np.int64], groups: Groups) -> None:
        """Sends the packets of ``rows``; ``groups`` says which part of them, (begin, end), leaves by which socket."""
        self._vectors["length"][rows] = lengths
        if not self._many_at_once:
            return self._send_singly(rows, lengths, groups)
        batch = self._messages[rows]
        address = batch.ctypes.data
        for source, begin, end in groups:
            self._send_many(source.fileno(), address, begin, end)

    def _send_many(self, descriptor: int, batch: int, begin: int, end: int) -> None:
        assert _sendmmsg is not None
        while begin < end:
            count = min(end - begin, _MOST)
            gone = _sendmmsg(descriptor, batch + begin * _MESSAGE.itemsize, count, socket.MSG_DONTWAIT)
            if gone < 0:
                if ctypes.get_errno() in (errno.EAGAIN, errno.ENOBUFS):
                    self.failed += end - begin
                    return
                self.failed += 1
                gone = 1
            begin += gone

    def _send_singly(self, rows: NDArray[np.intp], lengths: NDArray[np.int64], groups: Groups) -> None:
        for source, begin, end in groups:
            for row, length in zip(rows[begin:end], lengths[begin:end], strict=True):
                try:
                    source.sendto(
                        self._packets[row : row + 1].tobytes()[:length], host_and_port(self.names[row].tobytes())
                    )
                except OSError:
                    self.failed += 1
