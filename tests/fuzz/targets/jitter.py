"""A row's packets in any order, size and time: every tick gives 160 samples that are sound, every packet is counted."""

import numpy as np

from ringback.media import jitter, rtp
from ringback.media.codec import codecs
from ringback.media.jitter import Arrivals
from ringback.media.table import EMPTY, FRAME, Table
from tests.fuzz.octets import Octets
from tests.fuzz.target import Target

_TICKS = 12
_MEANINGS = (rtp.CODEC, rtp.CODEC + 1, rtp.NOISE, rtp.EVENT)
_PAYLOAD = np.arange(8 + 2000, dtype=np.uint32).astype(np.uint8)


def _take(octets: bytes) -> None:
    given, table = Octets(octets), Table(2)
    for row in (table.add(1, 0), table.add(2, 0)):
        table.receives[row] = True
        table.codec[row] = given.number() % len(codecs())
    sequence, timestamp, sent = [given.number(2)] * 2, [given.number(4)] * 2, 0
    for tick in range(1, _TICKS):
        batch = []
        for _ in range(given.number() % 4):
            row, meaning = given.number() % 2, _MEANINGS[given.number() % 8 % len(_MEANINGS)]
            sequence[row] += _step(given.number())
            timestamp[row] += _step(given.number()) * (FRAME // 2)
            batch.append((row, meaning, sequence[row], timestamp[row], given.number() * 4 + 1))
        jitter.take(table, _arrivals(batch, tick), np.tile(_PAYLOAD, (max(len(batch), 1), 1)))
        sent += len(batch)
        heard = jitter.hear(table, tick)
        assert heard.shape == (2, FRAME)
        assert heard.dtype == np.int16
        assert not (heard == EMPTY).any()
    assert int(table.received.sum() + table.ignored.sum()) == sent
    assert (table.cursor >= 0).all()
    assert (table.spare >= 0).all()
    assert (table.debt >= 0).all()


def _step(octet: int) -> int:
    """Mostly the next, at times far away or back."""
    return octet - 3 if octet < 250 else (octet - 252) * 9000


def _arrivals(batch: list[tuple[int, int, int, int, int]], tick: int) -> Arrivals:
    row, meaning, sequence, timestamp, size = (
        (np.array(column, dtype=np.int64) for column in zip(*batch, strict=True))
        if (batch)
        else [np.zeros(0, dtype=np.int64)] * 5
    )
    return Arrivals(
        row.astype(np.intp),
        meaning.astype(np.uint8),
        sequence.astype(np.uint16),
        timestamp.astype(np.uint32),
        np.full(len(row), 77, dtype=np.uint32),
        np.full(len(row), rtp.HEADER, dtype=np.int32),
        size.astype(np.int32),
        np.arange(len(row), dtype=np.intp),
        np.full(len(row), tick * FRAME, dtype=np.int64),
    )


def _calm(ticks: int) -> bytes:
    """One packet of 20 ms a tick."""
    return bytes(8) + b"\x01\x00\x00\x04\x05\x28" * ticks


TARGET = Target(
    _take,
    lambda: (_calm(_TICKS), _calm(9) + bytes(12) + _calm(9), b"\x00\x01" + bytes(range(256)) * 2),
    (),
    500,
    dear=10,
)
