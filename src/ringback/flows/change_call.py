"""A live call is moved to another document, or ended. Specification, tables 4.15 and 4.16."""

from dataclasses import dataclass

from ringback.flows.house import House
from ringback.store.calls import CallRecord


@dataclass(frozen=True, slots=True)
class ChangeCall:
    """What a program may change; None leaves a thing as it is. ``status``: canceled or completed."""

    url: str | None = None
    method: str = "POST"
    fallback_url: str | None = None
    fallback_method: str = "POST"
    status_callback: str | None = None
    status_callback_method: str = "POST"
    status: str | None = None
    mute: bool | None = None


async def change_call(call_sid: str, order: ChangeCall, house: House) -> CallRecord:
    """The record as it is after the change."""
    raise NotImplementedError
