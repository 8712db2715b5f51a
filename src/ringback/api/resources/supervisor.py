"""The supervisor: how many calls there are and were, and which are going on."""

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, func, select

from ringback import __version__
from ringback.api.asked import Asked
from ringback.api.dialect import RESTCOMM
from ringback.api.permission import Who
from ringback.api.place import Place
from ringback.store.calls import CALLS
from ringback.store.prepared import Prepared
from ringback.store.table import to_milliseconds

SUPERVISOR = Place(
    path="Supervisor",
    who=Who.OPERATOR,
    names_as_written=True,
    description="How many calls there are and were on this server, and which are going on. Only for the root account.",
)
_table = CALLS.table
#: by status and direction, what was created since a moment
_SINCE = Prepared(
    select(_table.c.status, _table.c.direction, func.count())
    .where(_table.c.date_created >= bindparam("moment", type_=_table.c.date_created.type))
    .group_by(_table.c.status, _table.c.direction)
)
_AVERAGE = Prepared(
    select(func.sum(_table.c.duration), func.count()).where(
        _table.c.date_created >= bindparam("moment", type_=_table.c.date_created.type), _table.c.status == "completed"
    )
)
#: what the records call it, and what it is called here
_ENDED = {
    "completed": "CompletedCalls",
    "no-answer": "NoAnswerCalls",
    "busy": "BusyCalls",
    "failed": "FailedCalls",
    "canceled": "CanceledCalls",
}


@SUPERVISOR.answers("GET")
async def ping(asked: Asked) -> Any:
    return {"TotalCalls": sum((await _counts(asked)).values())}


@SUPERVISOR.answers("GET", "livecalls")
async def live_calls(asked: Asked) -> Any:
    return {"LiveCallDetails": _live(asked)}


@SUPERVISOR.answers("GET", "metrics")
async def metrics(asked: Asked) -> Any:
    in_full = asked.query.get("LiveCallDetails", "").lower() == "true"
    return {
        "DateTime": RESTCOMM.moment(asked.house.clock.utc()),
        "InstanceId": asked.house.store.instance_sid,
        "Version": __version__,
        "Revision": __version__,
        "Metrics": await _metrics(asked),
        "LiveCallDetails": _live(asked)
        if in_full
        else f"{asked.path.removesuffix('.json').rpartition('/')[0]}/livecalls",
    }


async def _metrics(asked: Asked) -> Any:
    house = asked.house
    counts = await _counts(asked)
    now = house.clock.utc()
    registered = {phone.login for phone in await house.store.registrations.find() if phone.expires_at > now}
    inbound = [call for call in house.live if call.direction == "inbound"]
    total, came = sum(counts.values()), sum(n for (_, direction), n in counts.items() if direction == "inbound")
    return {
        "TotalCallsSinceUptime": total,
        "IncomingCallsSinceUptime": came,
        "OutgoingCallsSinceUptime": total - came,
        "RegisteredUsers": len(registered),
        "LiveCalls": len(house.live),
        "LiveIncomingCalls": len(inbound),
        "LiveOutgoingCalls": len(house.live) - len(inbound),
        **{
            name: sum(n for (status, _), n in counts.items() if status == recorded) for recorded, name in _ENDED.items()
        },
        "AverageCallDurationInSecondsLast24Hours": await _average(asked, timedelta(hours=24)),
        "AverageCallDurationInSecondsLastHour": await _average(asked, timedelta(hours=1)),
    }


async def _counts(asked: Asked) -> dict[tuple[str, str], int]:
    moment = to_milliseconds(asked.house.started_at)
    rows = await asked.house.store.database.read(_SINCE, {"moment": moment})
    return {(status, direction): count for status, direction, count in rows}


async def _average(asked: Asked, span: timedelta) -> float:
    moment = to_milliseconds(asked.house.clock.utc() - span)
    ((seconds, count),) = await asked.house.store.database.read(_AVERAGE, {"moment": moment})
    return round(float(seconds or 0) / count, 3) if count else 0.0


def _live(asked: Asked) -> list[Any]:
    return [
        {
            "Sid": call.sid,
            "State": call.status.upper().replace("-", "_"),
            "Direction": call.direction,
            "DateCreated": RESTCOMM.moment(call.record.date_created),
            "ForwardedFrom": call.forwarded_from,
            "CallerName": call.caller_name,
            "From": call.from_,
            "To": call.to,
        }
        for call in asked.house.live
    ]
