"""How a call ended: the one value that decides its final status, the SIP answer, and what the record says."""

import msgspec

from ringback.calls.state import Trigger


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """``trigger``: what it means for the status; ``reason``: for people; ``sip_status``: the answer that an unanswered
    caller gets from us, or that a callee gave (0: none); ``by_remote``: the other side ended it."""

    trigger: Trigger
    reason: str
    sip_status: int = 0
    by_remote: bool = False


def best_of(outcomes: list[Outcome]) -> Outcome:
    """The outcome of a call whose contacts all failed: busy tells most, then no answer, then a failure."""
    order = [Trigger.WAS_BUSY, Trigger.TIMED_OUT, Trigger.BROKE, Trigger.WAS_CANCELED]
    return min(outcomes, key=lambda outcome: order.index(outcome.trigger) if outcome.trigger in order else len(order))
