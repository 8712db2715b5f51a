"""The states of a call: every pair of state and trigger."""

import pytest

from ringback.calls import state
from ringback.calls.state import FINAL, TRANSITIONS, Trigger, trigger_of

ALL = [state.QUEUED, state.RINGING, state.IN_PROGRESS, *sorted(FINAL)]


@pytest.mark.parametrize("status", ALL)
@pytest.mark.parametrize("trigger", list(Trigger))
def test_every_pair_leads_to_a_known_state_or_nowhere(status: str, trigger: Trigger) -> None:
    following = TRANSITIONS.get((status, trigger))
    if status in FINAL:
        assert following is None, "a final state never changes"
    elif trigger is Trigger.ANSWERED:
        assert following == (None if status == state.IN_PROGRESS else state.IN_PROGRESS)
    elif trigger is Trigger.RANG:
        assert following == (state.RINGING if status == state.QUEUED else None)
    elif status == state.IN_PROGRESS:
        assert following == {Trigger.ENDED_WELL: state.COMPLETED, Trigger.BROKE: state.FAILED}.get(trigger)
    else:
        assert following in FINAL


@pytest.mark.parametrize(
    ("sip_status", "status"),
    [
        (486, state.BUSY),
        (600, state.BUSY),
        (603, state.BUSY),
        (408, state.NO_ANSWER),
        (480, state.NO_ANSWER),
        (487, state.CANCELED),
        (404, state.FAILED),
        (302, state.FAILED),
        (500, state.FAILED),
        (503, state.FAILED),
        (401, state.FAILED),
    ],
)
def test_a_final_response_means_a_status(sip_status: int, status: str) -> None:
    assert TRANSITIONS[(state.RINGING, trigger_of(sip_status))] == status
