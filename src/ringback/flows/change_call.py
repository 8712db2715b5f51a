"""A live call is moved to another document, or ended. Specification, tables 4.15 and 4.16."""

from copy import copy
from dataclasses import dataclass

from ringback.calls import state
from ringback.calls.call import Call
from ringback.calls.callbacks import Callback
from ringback.calls.outcome import Outcome
from ringback.calls.state import Trigger
from ringback.flows.house import House
from ringback.kernel.errors import BadParameter, Conflict, Gone, NotFound, Refusal
from ringback.rcml.application import Application
from ringback.rcml.interpreter import interpret
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
    """The record as it is after the change: an ended call has its final status.

    Raises `Conflict` for a Url together with a Status, `Gone` when the call is over, `NotFound`.
    """
    if order.url and order.status:
        raise Conflict(
            'You can either redirect a running call using "Url" or change the state of a Call with "Status"', code=21218
        )
    if order.status not in (None, state.CANCELED, state.COMPLETED):
        raise BadParameter([f"Status = {order.status!r} is neither canceled nor completed."], code=21219)
    if order.mute is not None:
        raise Refusal("Calls cannot be muted yet; nothing was changed.", code=21200, status=501)
    call = await _live(call_sid, house)
    if order.status_callback:
        events = call.callback.events if call.callback else ("completed",)
        call.callback = Callback(order.status_callback, order.status_callback_method, events)
    if order.status:
        return await _end(call, order.status)
    if order.url:
        application = Application(order.url, order.method, order.fallback_url, order.fallback_method)
        call.journal.add("note", text=f"moved to {order.url}")
        call.move(lambda: interpret(application, call, house.services))
    return copy(call.record)


async def _live(call_sid: str, house: House) -> Call:
    if (call := house.live.get(call_sid)) is not None and not call.over.done():
        return call
    if await house.store.calls.get(call_sid) is None:
        raise NotFound(f"There is no call {call_sid}.", code=20404)
    raise Gone("Call is already completed.", code=21220)


async def _end(call: Call, status: str) -> CallRecord:
    """``canceled`` ends what is queued or rings, and leaves a call in progress alone; ``completed`` ends any."""
    if status == state.CANCELED and call.answered:
        return copy(call.record)
    trigger = Trigger.WAS_CANCELED if status == state.CANCELED or not call.answered else Trigger.ENDED_WELL
    call.end(Outcome(trigger, f"Status={status} by request", 0 if call.answered else 480))
    await call.gone.wait()
    return copy(call.record)
