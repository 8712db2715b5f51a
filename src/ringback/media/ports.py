"""The UDP ports of a worker, and which stream goes to which: no port may leave open whose a packet is."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

from ringback.kernel.errors import SettingError
from ringback.media.negotiation import Address

#: octets that the kernel keeps for a port between two ticks (it may grant less)
_BUFFER = 4 * 1024 * 1024
_TRIES = 200


@dataclass(slots=True, eq=False)
class PortPair:
    """An RTP port, with RTCP on the one above when that was free."""

    index: int  #: the workers' name of it
    rtp: socket.socket
    rtcp: socket.socket | None
    extra: bool = False  #: opened for want of a free one, closed when it has had no stream for a while
    streams: int = 0
    closed_in: int = -1  #: the packet of commands (`link.Link.packets`) that tells of the end of its last stream
    left: int = 0  #: when a stream left it for the last time, counted in streams that left
    waiting: set[int] = field(default_factory=set)  #: streams whose peer has not been heard yet
    peers: dict[Address, int] = field(default_factory=dict)  #: signalled and heard addresses → stream
    number: int = field(init=False)  #: of the RTP port

    def __post_init__(self) -> None:
        self.number = int(self.rtp.getsockname()[1])

    def suits(self, peer: Address | None) -> bool:
        """Whether a stream with ``peer`` can be told apart from all others here, whatever NAT does to it."""
        return not self.waiting and peer not in self.peers

    def enter(self, stream: int) -> None:
        """``stream`` is here, and its peer has not been heard."""
        self.streams += 1
        self.waiting.add(stream)

    def forget(self, stream: int) -> None:
        self.waiting.discard(stream)
        self.peers = {peer: name for peer, name in self.peers.items() if name != stream}

    def close(self) -> None:
        self.rtp.close()
        if self.rtcp is not None:
            self.rtcp.close()


def open_ports(host: str, first_port: int, count: int) -> list[PortPair]:
    """``count`` pairs from ``first_port`` on, which is made even (RFC 3550 §11); 0: any free ones.

    Raises `SettingError` that names the RTP port that is taken.
    """
    pairs: list[PortPair] = []
    try:
        for index in range(count):
            if first_port == 0:
                pairs.append(open_any(host, index))
            else:
                pairs.append(_open_given(host, first_port + first_port % 2 + 2 * index, index))
    except BaseException:
        for pair in pairs:
            pair.close()
        raise
    return pairs


def _open_given(host: str, number: int, index: int) -> PortPair:
    if number > 65535:
        raise SettingError(f"media.ports: port {number} does not exist; choose a lower media.first_port or fewer ports")
    try:
        rtp = _bind(host, number)
    except OSError as error:
        raise SettingError(
            f"media.first_port: UDP port {number} on {host} cannot be used: {error.strerror}; choose another range"
        ) from error
    return PortPair(index, rtp, _bind_or_none(host, number + 1))


def open_any(host: str, index: int, extra: bool = False) -> PortPair:
    """A pair on any even port with a free one above."""
    for _ in range(_TRIES):
        try:
            rtp = _bind(host, 0)
        except OSError as error:
            raise SettingError(f"media.host: no UDP port on {host!r} can be opened: {error.strerror}") from error
        number = rtp.getsockname()[1]
        if number % 2 == 0 and (rtcp := _bind_or_none(host, number + 1)) is not None:
            return PortPair(index, rtp, rtcp, extra)
        rtp.close()
    raise SettingError(f"media.ports: no free pair of UDP ports was found on {host!r}")


def _bind(host: str, number: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        found.setblocking(False)
        found.bind((host, number))
        for ordinary, forced in ((socket.SO_RCVBUF, _FORCED_RCVBUF), (socket.SO_SNDBUF, _FORCED_SNDBUF)):
            _set_buffer(found, ordinary, forced)
    except BaseException:
        found.close()
        raise
    return found


_FORCED_RCVBUF, _FORCED_SNDBUF = 33, 32  # SO_RCVBUFFORCE, SO_SNDBUFFORCE


def _set_buffer(of: socket.socket, ordinary: int, forced: int) -> None:
    """The forced one passes the system's limit, if we may."""
    for option in (forced, ordinary):
        try:
            of.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
            return
        except OSError:
            continue


def _bind_or_none(host: str, number: int) -> socket.socket | None:
    if number > 65535:
        return None
    try:
        return _bind(host, number)
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return None
        raise


class Ports:
    """The pairs that one worker has. A stream takes one with `take`, or `take_extra` when that has none."""

    def __init__(self, host: str, pairs: list[PortPair]) -> None:
        self._host = host
        self._pairs = {pair.index: pair for pair in pairs}
        #: pairs without a stream, those that were left first first; the extra ones apart
        self._free = dict(self._pairs)
        self._spare: dict[int, PortPair] = {}
        self._left = self._left_before = 0
        self._next_extra = 1 + max(self._pairs)

    def __iter__(self) -> Iterator[PortPair]:
        return iter(self._pairs.values())

    @property
    def has_spare(self) -> bool:
        """Whether there are extra pairs without a stream."""
        return bool(self._spare)

    def take(self, peer: Address | None, stream: int) -> PortPair | None:
        """The emptiest pair that suits; None: there is none.

        Of those, the one that was left first: what a peer still sends to the call before must not reach the next one.
        """
        pair = self._empty() or self._shared(peer)
        if pair is not None:
            pair.enter(stream)
        return pair

    def take_extra(self, stream: int) -> PortPair:
        """A new pair, of which the worker must be told. Raises `SettingError` when there is none in the system."""
        pair = open_any(self._host, self._next_extra, extra=True)
        self._next_extra = self._next_extra % 30_000 + 1
        while self._next_extra in self._pairs or self._next_extra == pair.index:
            self._next_extra += 1
        self._pairs[pair.index] = pair
        pair.enter(stream)
        return pair

    def _empty(self) -> PortPair | None:
        for pairs in (self._free, self._spare):
            if pairs:
                return pairs.pop(next(iter(pairs)))
        return None

    def _shared(self, peer: Address | None) -> PortPair | None:
        suitable = [pair for pair in self._pairs.values() if pair.suits(peer)]
        return min(suitable, key=lambda pair: (pair.streams, pair.left), default=None)

    def leave(self, pair: PortPair, stream: int) -> None:
        """``stream`` is over. An extra pair that it leaves empty is kept for the next one until `drop_spare`."""
        pair.forget(stream)
        pair.streams -= 1
        self._left += 1
        pair.left = self._left
        if pair.streams <= 0:
            (self._spare if pair.extra else self._free)[pair.index] = pair

    def drop_spare(self) -> list[int]:
        """Closes the extra pairs that nobody has taken since this was called before; their names, for the worker."""
        dropped = [index for index, pair in self._spare.items() if pair.left <= self._left_before]
        self._left_before = self._left
        for index in dropped:
            del self._spare[index]
            self._pairs.pop(index).close()
        return dropped

    def clear(self) -> None:
        """All streams are gone."""
        for pair in list(self._pairs.values()):
            pair.waiting.clear()
            pair.peers.clear()
            pair.streams = 0
            if pair.extra:
                pair.close()
                del self._pairs[pair.index]
        self._free = dict(self._pairs)
        self._spare.clear()

    def close(self) -> None:
        for pair in self._pairs.values():
            pair.close()
