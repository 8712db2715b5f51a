"""<Reject> (facts §2.9)."""

import pytest

from ringback.testing.customer_server import CustomerServer
from tests.rcml.conftest import Run
from tests.rcml.paper_call import PaperCall


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ("", "rejected"),
        ('reason="rejected"', "rejected"),
        ('reason="busy"', "busy"),
        ('reason="BUSY"', "busy"),
        ('reason="bored"', "rejected"),
    ],
)
async def test_a_ringing_call_is_refused_unanswered(
    customer: CustomerServer, run: Run, ringing: PaperCall, attributes: str, reason: str
) -> None:
    """ "anything else → rejected, no warning"; the rest of the document is ignored."""
    await run(customer.answers("/app", f"<R><Reject {attributes}/><Say>x</Say></R>"), ringing)
    assert ringing.deeds[0] == f"reject {reason}"
    assert len(ringing.deeds) == 2  # and the call is told that it is over
    assert ringing.faults == []


async def test_an_answered_call_goes_on(customer: CustomerServer, run: Run, ringing: PaperCall) -> None:
    """ "later verb (answered): ignored → next verb"."""
    await run(customer.answers("/app", "<R><Redirect/><Reject reason='busy'/><Hangup/></R>"), ringing)
    await ringing.has_done("answer", "hang up")
