"""RTCP: read and printed it is the same; a round trip is never negative."""

from dataclasses import replace

from ringback.media.rtcp import BadRtcp, Block, Compound, SenderInfo, ntp_time, round_trip
from tests.fuzz.target import Target

_BLOCK = Block(7, 12, -3, 70000, 40, 0x12345678, 6553)


def _take(octets: bytes) -> None:
    try:
        read = Compound.parse(octets)
    except BadRtcp:
        return
    assert 24 * len(read.blocks) <= len(octets)
    printable = replace(read, blocks=read.blocks[:31], name=read.name.encode()[:255].decode("utf-8", "ignore"))
    assert Compound.parse(bytes(printable)) == printable
    for block in read.blocks:
        trip = round_trip(ntp_time(1_800_000_000.0), block)
        assert trip is None or 0 <= trip < 65536


TARGET = Target(
    _take,
    lambda: (
        bytes(Compound(5, SenderInfo(1 << 63, 160, 1, 160), (_BLOCK,), "ringback@192.0.2.1")),
        bytes(Compound(5, None, (_BLOCK, _BLOCK), "n", bye=True)),
        bytes(Compound(5)) + b"\x81\xcc\0\2" + bytes(8) + b"\xa0\xc9\0\2\0\0\0\1\0\0\0\4",
    ),
    (b"\x81\xc8\x00\x0c", b"\x80\xc9\x00\x01", b"\x81\xca", b"\x81\xcb"),
    1500,
)
