"""A worker's desk with its ticks turned by hand, and a plain UDP socket as the peer of one stream."""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringback.media import messages, reporter
from ringback.media.codec import codecs
from ringback.media.desk import Desk
from ringback.media.system_calls import Intake

PCMU = codecs()["PCMU"]
PCMA = codecs()["PCMA"]
MEANINGS = {0: "PCMU", 8: "PCMA", 101: "telephone-event", 13: "CN"}
Sound = NDArray[np.int16]


def udp() -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    found.bind(("127.0.0.1", 0))
    found.setblocking(False)
    return found


def rtp(sequence: int, timestamp: int, payload: bytes, kind: int = 0, marker: bool = False, ssrc: int = 77) -> bytes:
    second = kind | (0x80 if marker else 0)
    return struct.pack("!BBHII", 0x80, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def noise(samples: int, seed: int = 1, loud: float = 3000) -> Sound:
    """Sound in which every place can be told from every other, as PCMU passes it on."""
    wild = np.random.default_rng(seed).standard_normal(samples) * loud
    return PCMU.to_samples(PCMU.from_samples(np.clip(wild, -30000, 30000).astype(np.int16)))


def packets(
    sound: Sound, size: int = 160, sequence: int = 100, timestamp: int = 5000, ssrc: int = 77, kind: int = 0
) -> list[bytes]:
    """``sound`` in packets of ``size`` samples."""
    octets = (PCMA if kind == 8 else PCMU).from_samples(sound).tobytes()
    return [
        rtp(sequence + index, timestamp + index * size, octets[index * size : (index + 1) * size], kind, ssrc=ssrc)
        for index in range(len(octets) // size)
    ]


def find(needle: Sound, sound: Sound) -> int:
    """Where ``needle`` begins in ``sound``, sample by sample; -1: nowhere."""
    place = sound.astype("<i2").tobytes().find(needle.astype("<i2").tobytes())
    return place // 2 if place >= 0 else -1


class HandIntake(Intake):
    """Packets arrive in the time of the ticks, not in the machine's."""

    now = 0

    def receive(self, sources: Mapping[int, socket.socket]) -> int:
        count = super().receive(sources)
        self.arrivals[:count] = self.now
        return count


class Hand:
    """One stream on one socket; more with `open`."""

    def __init__(self, capacity: int = 16, **agreed: Any) -> None:
        self.events: list[messages.Event] = []
        self.desk = Desk(self.events.append, capacity)
        self.table = self.desk.table
        self.intake = self.desk._work.intake = HandIntake()
        self.ours = udp()
        self.ours_rtcp = udp()
        self.peer = udp()
        self.strangers = udp()
        self.desk.use_socket(0, self.ours, self.ours_rtcp)
        self.open(1, self.peer, **agreed)

    def open(self, stream: int, peer: socket.socket, socket_index: int = 0, **agreed: Any) -> None:
        self.desk.obey(messages.Open(stream, socket_index, self.intake.now))
        self.agree(stream, peer, **agreed)

    def agree(self, stream: int, peer: socket.socket, **agreed: Any) -> None:
        address = agreed.pop("address", peer.getsockname())
        facts: dict[str, Any] = {
            "mux": True,
            "codec": "PCMU",
            "payload_type": 0,
            "meanings": MEANINGS,
            "event": 101,
            "sends": True,
            "receives": True,
            "ms": 20,
        } | agreed
        rtcp = facts.pop("rtcp", address)
        self.desk.obey(messages.Agree(stream=stream, peer=address, rtcp=rtcp, **facts))

    def close(self) -> None:
        self.desk.close()
        for one in (self.ours, self.ours_rtcp, self.peer, self.strangers):
            one.close()

    def sends(self, *some: bytes, by: socket.socket | None = None) -> None:
        for packet in some:
            (by or self.peer).sendto(packet, self.ours.getsockname())

    def tick(self, count: int = 1, row: int = 0) -> Sound:
        """Lets ``count`` ticks pass; what the row heard."""
        heard = [np.zeros(0, dtype=np.int16)]
        for _ in range(count):
            self.intake.now += 160
            heard.append(self.desk.tick()[row])
        return np.concatenate(heard)

    def hears(self, some: list[bytes], after: int = 40, each: int = 1) -> Sound:
        """One tick after each ``each`` packets, and some more; what was heard."""
        heard = []
        for index, packet in enumerate(some):
            self.sends(packet)
            if index % each == each - 1:
                heard.append(self.tick())
        return np.concatenate([*heard, self.tick(after)])

    def got(self, at: socket.socket | None = None) -> list[bytes]:
        """What has arrived at the peer."""
        found: list[bytes] = []
        while True:
            try:
                found.append((at or self.peer).recv(2000))
            except BlockingIOError:
                return found

    def got_rtp(self) -> list[tuple[int, int, bytes]]:
        """(payload type with marker, RTP time, payload) of the RTP packets that have arrived at the peer."""
        return [
            (packet[1], struct.unpack_from("!I", packet, 4)[0], packet[12:])
            for packet in self.got()
            if not 192 <= packet[1] <= 223
        ]

    def told(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def facts(self, stream: int = 1) -> dict[str, Any]:
        self.desk.obey(messages.WantReport(stream, 9))
        return dict(self.told(messages.Report)[-1].facts)


__all__ = ["PCMA", "PCMU", "Hand", "find", "noise", "packets", "reporter", "rtp", "udp"]
