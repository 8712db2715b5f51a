"""The states of a call, as the API shows them, and what moves a call between them.

Specification, table 4.13 and the status model beside it: a final state never changes.
"""

from enum import Enum
from typing import Final

QUEUED: Final = "queued"
RINGING: Final = "ringing"
IN_PROGRESS: Final = "in-progress"
COMPLETED: Final = "completed"
BUSY: Final = "busy"
FAILED: Final = "failed"
NO_ANSWER: Final = "no-answer"
CANCELED: Final = "canceled"

FINAL: Final = frozenset({COMPLETED, BUSY, FAILED, NO_ANSWER, CANCELED})


class Trigger(Enum):
    """What can happen to a call."""

    RANG = "rang"
    ANSWERED = "answered"
    ENDED_WELL = "ended well"
    WAS_BUSY = "was busy"
    BROKE = "broke"
    TIMED_OUT = "timed out"
    WAS_CANCELED = "was canceled"


#: (state, what happened) → next state; a pair that is not here changes nothing
TRANSITIONS: Final[dict[tuple[str, Trigger], str]] = {
    (QUEUED, Trigger.RANG): RINGING,
    (QUEUED, Trigger.ANSWERED): IN_PROGRESS,
    (QUEUED, Trigger.ENDED_WELL): COMPLETED,
    (QUEUED, Trigger.WAS_BUSY): BUSY,
    (QUEUED, Trigger.BROKE): FAILED,
    (QUEUED, Trigger.TIMED_OUT): NO_ANSWER,
    (QUEUED, Trigger.WAS_CANCELED): CANCELED,
    (RINGING, Trigger.ANSWERED): IN_PROGRESS,
    (RINGING, Trigger.ENDED_WELL): COMPLETED,
    (RINGING, Trigger.WAS_BUSY): BUSY,
    (RINGING, Trigger.BROKE): FAILED,
    (RINGING, Trigger.TIMED_OUT): NO_ANSWER,
    (RINGING, Trigger.WAS_CANCELED): CANCELED,
    (IN_PROGRESS, Trigger.ENDED_WELL): COMPLETED,
    (IN_PROGRESS, Trigger.BROKE): FAILED,
}

_BY_SIP_STATUS: Final = {
    486: Trigger.WAS_BUSY,
    600: Trigger.WAS_BUSY,
    603: Trigger.WAS_BUSY,
    408: Trigger.TIMED_OUT,
    480: Trigger.TIMED_OUT,
    487: Trigger.WAS_CANCELED,
}


def trigger_of(sip_status: int) -> Trigger:
    """What a final response of 300 and above to our INVITE means for the call."""
    return _BY_SIP_STATUS.get(sip_status, Trigger.BROKE)
