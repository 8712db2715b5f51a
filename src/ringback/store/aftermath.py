"""After a crash: calls that were open get an end, and a Notification that says so. After an outage: what was lost."""

from collections.abc import Callable
from datetime import UTC, datetime

from ringback.kernel.clock import in_milliseconds
from ringback.kernel.sid import new_sid
from ringback.store.calls import CallRecord
from ringback.store.notifications import NotificationRecord
from ringback.store.outage import Outage
from ringback.store.store import Store

#: internal error
_CODE = 12400
#: a call's last sign of life, if any is known
LastSeen = Callable[[str], datetime | None]


async def close_open_calls(store: Store, last_seen: LastSeen | None = None) -> list[CallRecord]:
    """Closes the calls that this server's record still calls open, before any new one begins; those calls, as closed.

    A call in progress is ``completed``, another ``failed``. It ended when it was last seen, as far as is known: by
    ``last_seen``, else by its record.
    """
    closed = []
    for call in await store.calls.open_calls(store.instance_sid):
        ended = (last_seen(call.sid) if last_seen is not None else None) or call.date_updated
        ended = in_milliseconds(max(ended, call.start_time or call.date_created))
        answered = call.status == "in-progress" and call.start_time is not None
        values = {
            "status": "completed" if answered else "failed",
            "end_time": ended,
            "duration": int((ended - call.start_time).total_seconds()) if answered and call.start_time else 0,
        }
        await store.database.write(
            store.calls.amending(call.sid, **values), store.notifications.inserting(_told(store, call, ended))
        )
        if (record := await store.calls.get(call.sid)) is not None:
            closed.append(record)
    return closed


def tell_of_losses(store: Store, outage: Outage) -> None:
    """An outage that outlasted spool and memory is told to the administrator, who finds nothing of it elsewhere."""
    if outage.lost and outage.ended_at is not None:
        began, ended = (moment.isoformat(timespec="seconds") for moment in (outage.began_at, outage.ended_at))
        store.notifications.put(
            _notification(
                store,
                store.administrator_sid,
                f"The database took nothing from {began} to {ended} ({outage.why}), and the spool was full: "
                f"{outage.lost} changes of calls and Notifications are lost. A larger outage.spool_bytes holds more.",
            )
        )


def _told(store: Store, call: CallRecord, ended: datetime) -> NotificationRecord:
    text = (
        f"The server stopped while this call was {call.status}. Its end is taken to be the last that is known of it, "
        f"{ended.isoformat(timespec='milliseconds')}."
    )
    return _notification(store, call.account_sid, text, call.sid)


def _notification(store: Store, account_sid: str, text: str, call_sid: str | None = None) -> NotificationRecord:
    now = store.database.clock.utc()
    return NotificationRecord(
        sid=new_sid("NO"),
        date_created=now,
        date_updated=now,
        account_sid=account_sid,
        call_sid=call_sid,
        log=0,
        error_code=_CODE,
        more_info=f"/restcomm/errors/{_CODE}.html",
        message_text=text,
        message_date=now,
    )


def last_seen_in_journal(store: Store) -> LastSeen:
    """The time of a call's last journal entry."""
    store.journals.index()

    def last_seen(sid: str) -> datetime | None:
        last = store.journals.last(sid)
        return datetime.fromtimestamp(last["at"], UTC) if last is not None else None

    return last_seen
