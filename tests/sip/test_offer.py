"""Offer and answer: every pair of state and trigger (RFC 3264 §4)."""

import pytest

from ringback.sip.offer import STATES, TABLE, TRIGGERS, OfferState

FIGURE = {
    "stable": {"offer out": "offered", "offer in": "asked", "dropped": "stable"},
    "offered": {"answer in": "stable", "dropped": "stable"},
    "asked": {"answer out": "stable", "dropped": "stable"},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_pair(state: str, trigger: str) -> None:
    offers = OfferState()
    offers.state = state
    expected = FIGURE[state].get(trigger)
    assert offers.happens(trigger) is (expected is not None)
    assert offers.state == (expected or state)
    assert ((state, trigger) in TABLE) is (expected is not None)
