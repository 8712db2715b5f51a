"""A journal adds one entry after the other, with the time, and without what is not known."""

import json
from datetime import UTC, datetime

from ringback.kernel.clock import ManualClock
from ringback.kernel.journal import Entry, Journal


def test_an_entry_has_the_call_the_time_and_its_facts() -> None:
    entries: list[Entry] = []
    clock = ManualClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    journal = Journal("CA1", clock, entries.append)
    journal.add("state", status="ringing")
    clock.advance(1.5)
    journal.add("key", digit="5", how="tone", ms=None)
    noon = datetime(2026, 3, 1, 12, 0, tzinfo=UTC).timestamp()
    assert entries == [
        {"call": "CA1", "at": noon, "kind": "state", "status": "ringing"},
        {"call": "CA1", "at": noon + 1.5, "kind": "key", "digit": "5", "how": "tone"},
    ]
    assert json.loads(json.dumps(entries)) == entries


def test_a_fact_that_is_false_or_empty_is_a_fact() -> None:
    entries: list[Entry] = []
    Journal("CA1", ManualClock(), entries.append).add("note", text="", digits=0, done=False)
    assert (entries[0]["text"], entries[0]["digits"], entries[0]["done"]) == ("", 0, False)
