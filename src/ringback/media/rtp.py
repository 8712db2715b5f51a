"""RTP (RFC 3550 §5.1), for whole arrays of packets at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: the longest payload that we send, in octets
PAYLOAD = 160
HEADER = 12

_HEADER_FIELDS = [("first", "u1"), ("second", "u1"), ("sequence", ">u2"), ("timestamp", ">u4"), ("ssrc", ">u4")]
#: a packet that we send
PACKET = np.dtype([*_HEADER_FIELDS, ("payload", "u1", (PAYLOAD,))])
_HEAD = np.dtype(_HEADER_FIELDS)

#: what a payload type can mean to a row; codecs are `CODEC` + their index
UNKNOWN, EVENT, NOISE, CODEC = 0, 1, 2, 8


@dataclass(frozen=True, slots=True, eq=False)
class Headers:
    """The headers of n packets; where ``valid`` is False the rest means nothing."""

    valid: NDArray[np.bool_]
    rtcp: NDArray[np.bool_]  #: RFC 5761 §4: the packet is RTCP on the port of RTP
    payload_type: NDArray[np.uint8]
    marker: NDArray[np.bool_]
    sequence: NDArray[np.uint16]
    timestamp: NDArray[np.uint32]
    ssrc: NDArray[np.uint32]
    start: NDArray[np.int32]  #: of the payload
    size: NDArray[np.int32]  #: of the payload


def parse(packets: NDArray[np.uint8], lengths: NDArray[np.uint32]) -> Headers:
    """Reads the headers of ``packets``, one a row, ``lengths`` octets each."""
    heads = np.ascontiguousarray(packets[:, :HEADER]).view(_HEAD)[:, 0]
    size = lengths.astype(np.int32)
    first, second = heads["first"], heads["second"]
    version_2 = first >> 6 == 2
    rtcp = version_2 & (second >= 192) & (second <= 223) & (size >= 4)
    start = np.full(len(size), HEADER, dtype=np.int32)
    if (odd := np.flatnonzero(first != 0x80)).size:
        _measure(packets, first, start, size, odd)
    payload = size - start
    return Headers(
        valid=version_2 & ~rtcp & (payload > 0),
        rtcp=rtcp,
        payload_type=(second & 0x7F).astype(np.uint8),
        marker=second >= 0x80,
        sequence=heads["sequence"].astype(np.uint16),
        timestamp=heads["timestamp"].astype(np.uint32),
        ssrc=heads["ssrc"].astype(np.uint32),
        start=start,
        size=payload,
    )


def _measure(
    packets: NDArray[np.uint8],
    first: NDArray[np.uint8],
    start: NDArray[np.int32],
    size: NDArray[np.int32],
    odd: NDArray[np.intp],
) -> None:
    """Counts contributing sources, extension and padding of the packets ``odd`` in; what overruns becomes negative."""
    room = packets.shape[1]
    length = size[odd].copy()
    begin = HEADER + 4 * (first[odd] & 0x0F).astype(np.int32)
    extended = np.flatnonzero(first[odd] & 0x10 != 0)
    where = np.minimum(begin[extended] + 2, room - 2)
    words = packets[odd[extended], where].astype(np.int32) << 8 | packets[odd[extended], where + 1]
    begin[extended] += 4 + 4 * words
    padded = np.flatnonzero(first[odd] & 0x20 != 0)
    last = np.clip(length[padded] - 1, 0, room - 1)
    padding = packets[odd[padded], last].astype(np.int32)
    length[padded] -= np.where(padding == 0, room + HEADER, padding)
    start[odd] = begin
    size[odd] = length
