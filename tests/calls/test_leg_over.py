"""A leg that is over before anybody listened: whoever takes it is told at once."""

import asyncio
from typing import Any, cast

from ringback.calls.leg import Leg
from ringback.calls.outcome import Outcome
from ringback.kernel.clock import SystemClock
from ringback.kernel.journal import Journal
from ringback.sip.session import Ending, SipCall


class Over:
    """What a leg looks at of its signalling."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()


async def test_a_hang_up_before_anybody_listens_is_not_lost() -> None:
    sip = Over()
    leg = Leg("callee 1", cast(SipCall, sip), Journal("CA", SystemClock(), lambda entry: None))
    sip.ended.set_result(Ending("bye", True))
    await asyncio.sleep(0)
    heard: list[Outcome] = []
    leg.on_over = heard.append
    assert [outcome.by_remote for outcome in heard] == [True]
    assert cast(Any, leg.on_over) is None
