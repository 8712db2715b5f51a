"""Keys as telephone-events (RFC 4733): each press once, whatever the network lost, doubled or reordered."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

DIGITS = "0123456789*#ABCD"
#: the longest duration that one segment of an event can tell, in samples
LONGEST = 0xFFFF
#: presses that are remembered, for packets of them that come late
MOST_KNOWN = 16
_PAYLOAD = struct.Struct("!BBH")
_STEP = 160
_VOLUME = 10  #: dBm0 below zero


class EventPacket(NamedTuple):
    """The payload of one packet (RFC 4733 §2.3)."""

    event: int
    end: bool
    volume: int
    duration: int  #: samples

    @classmethod
    def parse(cls, payload: bytes) -> EventPacket | None:
        """None: too short. What follows the first four octets is not looked at."""
        if len(payload) < _PAYLOAD.size:
            return None
        event, flags, duration = _PAYLOAD.unpack_from(payload)
        return cls(event, flags >= 0x80, flags & 0x3F, duration)

    def __bytes__(self) -> bytes:
        return _PAYLOAD.pack(self.event, (0x80 if self.end else 0) | self.volume, self.duration)


def _after(later: int, earlier: int) -> int:
    """How far one RTP time is after another, across the wrap."""
    return (later - earlier + 0x80000000) % 0x100000000 - 0x80000000


@dataclass(slots=True)
class EventReceiver:
    """One stream's events. An event is its RTP time stamp; all packets with it tell of the same press."""

    #: time stamps of the presses that were told, the last first
    known: deque[int] = field(default_factory=lambda: deque(maxlen=MOST_KNOWN))
    event: int = -1
    timestamp: int = 0
    duration: int = 0
    ended: bool = True

    def take(self, timestamp: int, payload: bytes) -> tuple[str, int] | None:
        """A packet; (digit, milliseconds known of it) when it tells of a new press, else None."""
        packet = EventPacket.parse(payload)
        if packet is None or packet.event >= len(DIGITS):
            return None
        if timestamp in self.known or self._goes_on(timestamp, packet):
            self._note(timestamp, packet)
            return None
        self.known.appendleft(timestamp)
        if self.event < 0 or _after(timestamp, self.timestamp) > 0:
            self.event, self.timestamp = packet.event, timestamp
            self.duration, self.ended = packet.duration, packet.end
        return DIGITS[packet.event], packet.duration // 8

    def _note(self, timestamp: int, packet: EventPacket) -> None:
        if timestamp == self.timestamp:
            self.duration = max(self.duration, packet.duration)
            self.ended = self.ended or packet.end

    def _goes_on(self, timestamp: int, packet: EventPacket) -> bool:
        """Whether the packet belongs to the last press although its time stamp differs."""
        if self.ended or packet.event != self.event:
            return False
        step = _after(timestamp, self.timestamp)
        next_segment = step == LONGEST  # RFC 4733 §2.5.1.3
        moving = step > 0 and step == packet.duration - self.duration  # senders that stamp each update anew
        if next_segment or moving:
            self.known.appendleft(timestamp)
            self.timestamp, self.duration, self.ended = timestamp, packet.duration, packet.end
        return next_segment or moving


class EventToSend(NamedTuple):
    """What a packet of a press carries."""

    marker: bool
    offset: int  #: its time stamp, in samples since the press began
    payload: bytes


def packets_of(digit: str, ms: int) -> Iterator[EventToSend]:
    """The packets of one press, one for every 20 ms, the last one three times (RFC 4733 §2.5.1)."""
    event, total = DIGITS.index(digit.upper()), max(_STEP, ms * 8)
    offset, reached = 0, 0
    while reached < total:
        reached = min(reached + _STEP, total)
        while reached - offset > LONGEST:
            yield EventToSend(False, offset, bytes(EventPacket(event, False, _VOLUME, LONGEST)))
            offset += LONGEST
        last = reached == total
        payload = bytes(EventPacket(event, last, _VOLUME, reached - offset))
        yield EventToSend(reached == _STEP, offset, payload)
    yield EventToSend(False, offset, payload)
    yield EventToSend(False, offset, payload)
