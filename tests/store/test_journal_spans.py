"""Spans of a segment: whatever is packed when, a call has one row, from its first line to its last."""

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from ringback.store.journal_spans import ROW, Spans

KEYS = [b"\0" * 16, b"\xff" * 16, b"\0" * 15 + b"\1", b"\x80" + b"\0" * 15, *(bytes([n]) * 16 for n in range(6))]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringback.store.journal_spans._MOST_RECENT", 2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategies.lists(strategies.tuples(strategies.sampled_from(KEYS), strategies.integers(1, 1 << 40))))
def test_a_table_has_a_row_for_each_call(lines: list[tuple[bytes, int]]) -> None:
    spans, expected, position = Spans(), dict[bytes, tuple[int, int]](), 0
    for key, length in lines:
        end = position + length
        spans.note(key, position, end)
        expected[key] = (expected.get(key, (position, end))[0], end)
        position = end
    assert spans.table() == b"".join(ROW.pack(key, *expected[key]) for key in sorted(expected))
    assert spans.table() == spans.table()
