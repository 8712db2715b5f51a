"""RTCP (RFC 3550 §6): compound packets of sender and receiver reports, a name, and good-bye."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

SR, RR, SDES, BYE = 200, 201, 202, 203
_CNAME = 1
_BLOCK = struct.Struct("!IIIIII")
_SENDER = struct.Struct("!QIII")
#: seconds between 1900 (NTP) and 1970
NTP_EPOCH = 2_208_988_800
_MOST_LOST = 0x7FFFFF


class BadRtcp(ValueError):
    """The packet is no RTCP."""


@dataclass(frozen=True, slots=True)
class Block:
    """What a receiver says about one source."""

    ssrc: int
    fraction_lost: int  #: 256ths since the last report
    lost: int  #: in all; negative with duplicates
    highest: int  #: extended sequence number
    jitter: int  #: samples
    last_sr: int = 0  #: middle 32 bits of the NTP time of the source's last report
    delay: int = 0  #: 65536ths of a second since it came

    def __bytes__(self) -> bytes:
        lost = min(max(self.lost, -_MOST_LOST - 1), _MOST_LOST) & 0xFFFFFF
        return _BLOCK.pack(
            self.ssrc, self.fraction_lost << 24 | lost, self.highest, self.jitter, self.last_sr, self.delay
        )


@dataclass(frozen=True, slots=True)
class SenderInfo:
    """What a sender says about itself."""

    ntp: int  #: 64 bits
    timestamp: int  #: RTP time at that moment
    packets: int
    octets: int

    def __bytes__(self) -> bytes:
        return _SENDER.pack(self.ntp, self.timestamp, self.packets, self.octets)


@dataclass(frozen=True, slots=True)
class Compound:
    """All that one compound packet says."""

    ssrc: int
    sender: SenderInfo | None = None
    blocks: tuple[Block, ...] = ()
    name: str = ""  #: CNAME
    bye: bool = False

    @classmethod
    def parse(cls, packet: bytes) -> Compound:
        """Unknown types are skipped. Raises `BadRtcp` (RFC 3550 A.2)."""
        ssrc, sender, blocks, name, bye = 0, None, [], "", False
        for index, (kind, count, body) in enumerate(_split(packet)):
            if index == 0:
                if kind not in (SR, RR) or len(body) < 4:
                    raise BadRtcp("the first part is no report")
                ssrc = int.from_bytes(body[:4], "big")
            if kind in (SR, RR):
                sender, found = _report(kind, count, body, sender)
                blocks += found
            elif kind == SDES:
                name = name or _name(body)
            elif kind == BYE:
                bye = True
        return cls(ssrc, sender, tuple(blocks), name, bye)

    def __bytes__(self) -> bytes:
        reports = b"".join(map(bytes, self.blocks))
        if self.sender is not None:
            parts = [_part(SR, len(self.blocks), self._own + bytes(self.sender) + reports)]
        else:
            parts = [_part(RR, len(self.blocks), self._own + reports)]
        if self.name:
            name = self.name.encode()[:255]
            chunk = self._own + bytes((_CNAME, len(name))) + name
            parts.append(_part(SDES, 1, chunk + bytes(4 - len(chunk) % 4)))
        if self.bye:
            parts.append(_part(BYE, 1, self._own))
        return b"".join(parts)

    @property
    def _own(self) -> bytes:
        return self.ssrc.to_bytes(4, "big")


def _part(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def _split(packet: bytes) -> Sequence[tuple[int, int, bytes]]:
    parts: list[tuple[int, int, bytes]] = []
    place = 0
    while place < len(packet):
        if len(packet) - place < 4:
            raise BadRtcp("a part is shorter than its header")
        first, kind, words = struct.unpack_from("!BBH", packet, place)
        end = place + 4 + 4 * words
        if first >> 6 != 2 or end > len(packet):
            raise BadRtcp("a part has another version, or ends after the packet")
        body = packet[place + 4 : end]
        if first & 0x20 and body:
            body = body[: max(len(body) - body[-1], 0)]
        parts.append((kind, first & 0x1F, body))
        place = end
    if not parts:
        raise BadRtcp("the packet is empty")
    return parts


def _report(kind: int, count: int, body: bytes, sender: SenderInfo | None) -> tuple[SenderInfo | None, list[Block]]:
    place = 4
    if kind == SR:
        if len(body) < 24:
            raise BadRtcp("a sender report is cut off")
        sender, place = SenderInfo(*_SENDER.unpack_from(body, 4)), 24
    if len(body) < place + 24 * count:
        raise BadRtcp("report blocks are cut off")
    return sender, [_block(body, place + 24 * index) for index in range(count)]


def _block(body: bytes, place: int) -> Block:
    ssrc, lost, highest, jitter, last_sr, delay = _BLOCK.unpack_from(body, place)
    total = lost & 0xFFFFFF
    return Block(ssrc, lost >> 24, total - (total >> 23 << 24), highest, jitter, last_sr, delay)


def _name(body: bytes) -> str:
    """The CNAME of the first chunk."""
    place = 4
    while place + 2 <= len(body) and body[place] != 0:
        kind, size = body[place], body[place + 1]
        if kind == _CNAME:
            return body[place + 2 : place + 2 + size].decode("utf-8", "replace")
        place += 2 + size
    return ""


def ntp_time(seconds: float) -> int:
    """64 bits of NTP for seconds since 1970."""
    return int((seconds + NTP_EPOCH) * 2**32) & 0xFFFFFFFFFFFFFFFF


def round_trip(now: int, block: Block) -> float | None:
    """Seconds, from a block about us that arrived at NTP time ``now`` (RFC 3550 §6.4.1); None: it cannot be told."""
    if block.last_sr == 0:
        return None
    units = ((now >> 16) - block.last_sr - block.delay) & 0xFFFFFFFF
    if units >= 0x80000000:
        return 0.0  # clocks tick in steps: a little below zero is zero
    return units / 65536
