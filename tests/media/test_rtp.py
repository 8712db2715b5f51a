"""RTP headers, for whole arrays of packets."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ringback.media.rtp import parse
from ringback.media.system_calls import ROOM
from tests.media.hand import rtp as printed


def reference(packet: bytes) -> dict[str, Any] | None:
    """RFC 3550 §5.1, octet by octet; None: no RTP."""
    if len(packet) < 13 or packet[0] >> 6 != 2 or 192 <= packet[1] <= 223:
        return None
    start, end = 12 + 4 * (packet[0] & 15), len(packet)
    if packet[0] & 0x20:
        if packet[-1] == 0:
            return None
        end -= packet[-1]
    if packet[0] & 0x10:
        if start + 4 > len(packet):
            return None
        start += 4 + 4 * struct.unpack_from("!H", packet, start + 2)[0]
    if start >= end:
        return None
    sequence, timestamp, ssrc = struct.unpack_from("!HII", packet, 2)
    return {
        "payload_type": packet[1] & 0x7F,
        "marker": packet[1] >= 0x80,
        "sequence": sequence,
        "timestamp": timestamp,
        "ssrc": ssrc,
        "start": start,
        "size": end - start,
    }


def parsed(packets: list[bytes]) -> list[dict[str, Any] | None]:
    room = np.zeros((len(packets), ROOM), dtype=np.uint8)
    for index, packet in enumerate(packets):
        room[index, : len(packet)] = np.frombuffer(packet, dtype=np.uint8)
    headers = parse(room, np.array([len(packet) for packet in packets], dtype=np.uint32))
    names = ("payload_type", "marker", "sequence", "timestamp", "ssrc", "start", "size")
    return [
        {name: getattr(headers, name)[index].item() for name in names} if headers.valid[index] else None
        for index in range(len(packets))
    ]


headed = st.builds(
    lambda first, second, rest: bytes([first, second]) + rest,
    st.sampled_from([0x80, 0x81, 0x8F, 0x90, 0x91, 0xA0, 0xB0, 0xBF, 0x00, 0x40, 0xC0]),
    st.integers(0, 255),
    st.binary(min_size=0, max_size=90),
)


@given(st.lists(st.one_of(headed, st.binary(max_size=100)), min_size=1, max_size=8))
def test_headers_are_what_the_rfc_says(packets: list[bytes]) -> None:
    assert parsed(packets) == [reference(packet) for packet in packets]


@given(
    *(st.integers(0, 2**bits - 1) for bits in (16, 32, 32)),
    st.integers(0, 127).filter(lambda kind: not 64 <= kind <= 95),
    st.booleans(),
    st.binary(min_size=1, max_size=200),
)
def test_what_is_printed_is_read_again(
    sequence: int, timestamp: int, ssrc: int, kind: int, marker: bool, payload: bytes
) -> None:
    packet = printed(sequence, timestamp, payload, kind, marker, ssrc)
    room = np.frombuffer(packet.ljust(300, b"\xaa"), dtype=np.uint8)[None, :]
    found = parse(room, np.array([len(packet)], dtype=np.uint32))
    assert found.valid[0]
    assert [int(column[0]) for column in (found.sequence, found.timestamp, found.ssrc)] == [sequence, timestamp, ssrc]
    assert (found.payload_type[0], found.marker[0]) == (kind, marker)
    assert room[0, found.start[0] :][: found.size[0]].tobytes() == payload


def test_rtcp_on_the_same_port_is_told_apart() -> None:
    room = np.zeros((3, ROOM), dtype=np.uint8)
    for index, kind in enumerate((200, 0x80 | 64, 0x80 | 101)):
        room[index, :2] = (0x80, kind)
    headers = parse(room, np.full(3, 60, dtype=np.uint32))
    assert headers.rtcp.tolist() == [True, True, False]
