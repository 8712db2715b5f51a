"""A program asks for a call: whom does it ring, who answers first, and what does the document say then?"""

from collections.abc import Sequence
from dataclasses import dataclass

from ringback.flows.house import House
from ringback.store.calls import CallRecord


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """What table 4.14 lets a program ask for; ``timeout`` in seconds of ringing."""

    account_sid: str
    from_: str
    to: str
    url: str
    method: str = "POST"
    fallback_url: str | None = None
    fallback_method: str = "POST"
    status_callback: str | None = None
    status_callback_method: str = "POST"
    status_callback_events: Sequence[str] = ()
    timeout: float = 60
    username: str | None = None
    password: str | None = None


async def place_call(order: PlaceCall, house: House) -> CallRecord:
    """The record of the new call, queued and already kept; the call itself goes on in the background."""
    raise NotImplementedError
