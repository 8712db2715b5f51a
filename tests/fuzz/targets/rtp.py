"""Whole batches of RTP packets: each is read as one packet alone would be, by the words of RFC 3550 §5.1."""

import numpy as np

from ringback.media import rtp
from tests.fuzz.octets import Octets, piece
from tests.fuzz.target import Target
from tests.media.hand import rtp as packet

_ROOM = 256
_SOUND = packet(1, 160, bytes(160))


def _take(octets: bytes) -> None:
    given = Octets(octets)
    packets: list[bytes] = []
    while given and len(packets) < 32:
        packets.append(given.piece())
    if not packets:
        return
    buffer = np.full((len(packets), _ROOM), 0xAA, dtype=np.uint8)
    for place, one in enumerate(packets):
        buffer[place, : len(one)] = np.frombuffer(one, dtype=np.uint8)
    heads = rtp.parse(buffer, np.array([len(one) for one in packets], dtype=np.uint32))
    for place, one in enumerate(packets):
        found = (int(heads.start[place]), int(heads.size[place])) if heads.valid[place] else None
        assert found == _payload(one), one
        if found is not None:
            assert heads.payload_type[place] == one[1] & 0x7F
            assert heads.marker[place] == (one[1] >= 0x80)
            assert heads.sequence[place] == int.from_bytes(one[2:4], "big")
            assert heads.timestamp[place] == int.from_bytes(one[4:8], "big")
            assert heads.ssrc[place] == int.from_bytes(one[8:12], "big")
        assert not (heads.valid[place] and heads.rtcp[place])


def _payload(one: bytes) -> tuple[int, int] | None:
    """(start, size) of the payload, read plainly; None: no RTP with a payload."""
    if len(one) < 12 or one[0] >> 6 != 2 or 192 <= one[1] <= 223:
        return None
    start, end = 12 + 4 * (one[0] & 15), len(one)
    if one[0] & 0x10:
        if start + 4 > end:
            return None
        start += 4 + 4 * int.from_bytes(one[start + 2 : start + 4], "big")
    if one[0] & 0x20:
        if one[-1] == 0:
            return None
        end -= one[-1]
    return (start, end - start) if end > start else None


TARGET = Target(
    _take,
    lambda: (
        piece(_SOUND),
        piece(b"\x92" + _SOUND[1:12] + bytes(8) + b"\xbe\xde\0\1" + bytes(4) + bytes(160)),
        piece(b"\xa0" + _SOUND[1:] + b"\0\0\0\4"),
        piece(b"\x80\xc8" + bytes(26)) + piece(_SOUND[:12]) + piece(b"\x40" + _SOUND[1:]) + piece(b""),
    ),
    (b"\x80\x00", b"\x90", b"\xa0", b"\xbe\xde\x00\x01", b"\x80\xc8"),
    2000,
)
