"""Datagrams of a peer, strangers and RTCP into a whole media desk: every tick is sound, each packet is counted."""

import numpy as np

from ringback.media import messages
from ringback.media.rtcp import Block, Compound, SenderInfo
from ringback.media.table import EMPTY, FRAME
from ringback.media.telephone_event import packets_of
from tests.fuzz.octets import Octets, piece
from tests.fuzz.target import Target
from tests.media.hand import Hand, noise, packets, rtp

_MOST_TICKS = 12
_DIGITS = set("0123456789*#ABCD")


def _take(octets: bytes) -> None:
    given, hand = Octets(octets), Hand(capacity=4)
    hand.desk.obey(messages.Listen(1, True, False))
    senders = (hand.peer, hand.peer, hand.peer, hand.strangers)
    try:
        sent = ticks = 0
        while given and ticks < _MOST_TICKS:
            what = given.number()
            hand.sends(given.piece(), by=senders[what % 4])
            sent += 1
            for _ in range(what // 128):
                ticks += 1
                _check(hand.tick())
        _check(hand.tick(3))
        _check_told(hand, sent)
    finally:
        hand.close()


def _check(heard: "np.typing.NDArray[np.int16]") -> None:
    assert heard.dtype == np.int16
    assert len(heard) % FRAME == 0
    assert not (heard == EMPTY).any()


def _check_told(hand: Hand, sent: int) -> None:
    facts = hand.facts()
    assert 0 <= facts["received"] + facts["ignored"] <= sent
    assert facts["jitter_ms"] >= 0
    assert 1 <= facts["mos"] <= 4.5
    keys = hand.told(messages.KeyHeard)
    assert len(keys) <= sent
    assert {key.digit for key in keys} <= _DIGITS


def _seed(*some: bytes, who: int = 128) -> bytes:
    return b"".join(bytes((who,)) + piece(packet) for packet in some)


def _seeds() -> list[bytes]:
    sound = packets(noise(FRAME * 6))
    report = Compound(77, SenderInfo(1 << 63, 160, 6, 960), (Block(1, 0, 0, 5, 3),), "peer@host")
    keys = [rtp(200 + place, 9000, key.payload, 101) for place, key in enumerate(packets_of("5", 60))]
    return [
        _seed(*sound),
        _seed(*sound, who=131) + _seed(bytes(report), who=130),
        _seed(*sound[:3], *keys, *sound[3:]),
        _seed(*sound, rtp(106, 5960, b"\x28\x10", 13)),
        _seed(*packets(noise(480), 80), *packets(noise(960), 240, ssrc=5, kind=8), bytes(Compound(77, bye=True))),
    ]


TARGET = Target(
    _take, _seeds, (b"\x80\x00", b"\x80\x08", b"\x80\x65", b"\x80\x0d", b"\x80\xc8", b"\x81\xc9"), 2500, dear=10
)
