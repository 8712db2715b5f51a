"""What a row's columns say about its quality."""

from __future__ import annotations

from typing import Any

import numpy as np

from ringback.media.codec import codecs
from ringback.media.table import FRAME, Table

_CODECS = tuple(codecs().values())


def expected_and_received(table: Table, row: int) -> tuple[int, int]:
    """Packets that the peer's sequence numbers tell of, and those that arrived, each once; of all its sources."""
    expected = int(table.past_expected[row])
    if table.highest[row]:
        expected += int(table.highest[row]) - int(table.base_sequence[row]) + 1
    return expected, int(table.received[row]) - int(table.duplicate[row])


def facts_of(table: Table, row: int) -> dict[str, Any]:
    """The fields of `stream.StreamReport` that the table knows."""
    expected, received = expected_and_received(table, row)
    lost = max(expected - received, 0)
    in_hand = int((table.horizon[row : row + 1] - table.clock[row : row + 1]).view(np.int32)[0])
    delay = max(in_hand, 0) // 8 if table.synced[row] else 0
    codec = _CODECS[table.codec[row]]
    share = (lost + int(table.late[row])) / expected if expected else 0.0
    return {
        "codec": codec.name if table.agreed[row] else "",
        "sent": int(table.sent[row]),
        "received": int(table.received[row]),
        "lost": lost,
        "late": int(table.late[row]),
        "duplicate": int(table.duplicate[row]),
        "ignored": int(table.ignored[row]),
        "concealed_ms": int(table.concealed[row]) * FRAME // 8,
        "jitter_ms": round(float(table.jitter[row]) / 8, 3),
        "delay_ms": delay,
        "mos": mean_opinion(share, delay + 20),
    }


def mean_opinion(lost: float, delay_ms: float) -> float:
    """ITU-T G.107 with its defaults for G.711 with concealment (G.113: Ie 0, Bpl 25.1): 1.0 to 4.5."""
    late = max(delay_ms - 177.3, 0.0)
    rating = 93.2 - 0.024 * delay_ms - 0.11 * late - 95.0 * (100 * lost) / (100 * lost + 25.1)
    rating = min(max(rating, 0.0), 100.0)
    return round(min(max(1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6, 1.0), 4.5), 2)
