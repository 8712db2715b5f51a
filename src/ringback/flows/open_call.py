"""A call begins, whoever began it: its record, its journal, its place among the live calls; and one end for all."""

from collections.abc import Coroutine, Sequence
from typing import Any

import structlog

from ringback.calls.call import Call
from ringback.calls.callbacks import Callback, Callbacks
from ringback.calls.notes import API_VERSION
from ringback.calls.outcome import Outcome
from ringback.calls.state import Trigger
from ringback.flows.house import House
from ringback.kernel.journal import Journal
from ringback.kernel.log import bind_call
from ringback.store.calls import CallRecord

_log = structlog.get_logger("ringback.calls")


def new_record(
    house: House,
    *,
    sid: str,
    account_sid: str,
    from_: str,
    to: str,
    status: str,
    direction: str,
    price: str,
    caller_name: str | None = None,
    forwarded_from: str | None = None,
    phone_number_sid: str | None = None,
) -> CallRecord:
    """The record of a call that begins now."""
    now = house.clock.utc()
    return CallRecord(
        sid=sid,
        date_created=now,
        date_updated=now,
        account_sid=account_sid,
        from_=from_,
        to=to,
        status=status,
        start_time=now,
        price=price,
        direction=direction,
        instance_sid=house.store.instance_sid,
        api_version=API_VERSION,
        caller_name=caller_name,
        forwarded_from=forwarded_from,
        phone_number_sid=phone_number_sid,
    )


def new_call(
    record: CallRecord,
    journal: Journal,
    house: House,
    *,
    callback: Callback | None = None,
    sip_headers: Sequence[tuple[str, str]] = (),
) -> Call:
    """The live call of ``record``; it stays among the live calls until `run_call` has ended it."""
    call = Call(
        record,
        journal=journal,
        clock=house.clock,
        engine=house.media,
        ledger=house.ledger,
        notes=house.notes,
        callbacks=Callbacks(house.fetcher, house.clock, house.tasks, journal),
        callback=callback,
        sip_headers=sip_headers,
    )
    house.live.add(call)
    return call


async def run_call(call: Call, story: Coroutine[Any, Any, None], house: House) -> None:
    """Runs the call's ``story``; however it ends, the call is closed and its record complete. One call's defect ends
    that call alone."""
    bind_call(call.sid)
    try:
        await call.begin()
        await call.attend(story)
    except Exception:
        _log.exception("a call failed")
        await call.notify(12400, "An internal error ended this call; the server's log tells more.")
        call.end(Outcome(Trigger.BROKE, "internal error", 500))
    finally:
        call.end(Outcome(Trigger.ENDED_WELL if call.answered else Trigger.BROKE, "nothing more to do", 500))
        try:
            await call.finish()
        finally:
            house.live.remove(call)
