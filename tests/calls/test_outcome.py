"""The outcome of a call whose contacts all failed."""

from ringback.calls.outcome import Outcome, best_of
from ringback.calls.state import Trigger

BUSY = Outcome(Trigger.WAS_BUSY, "486")
SILENT = Outcome(Trigger.TIMED_OUT, "408")
BROKEN = Outcome(Trigger.BROKE, "500")


def test_busy_tells_most_then_no_answer() -> None:
    assert best_of([BROKEN, SILENT, BUSY]) is BUSY
    assert best_of([BROKEN, SILENT]) is SILENT
    assert best_of([BROKEN]) is BROKEN
