"""The supervisor: how many calls there are and were, and which are going on."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import bindparam, func, select

from ringback import __version__
from ringback.api.asked import Asked
from ringback.api.dialect import RESTCOMM
from ringback.api.meter import INBOUND
from ringback.api.permission import Who
from ringback.api.place import Place
from ringback.api.property import flag, read_parameters
from ringback.calls.call import Call
from ringback.store.calls import CALLS
from ringback.store.prepared import Prepared
from ringback.store.table import to_milliseconds
from ringback.store.where import at_least, equal, in_tree

SUPERVISOR = Place(
    path="Supervisor",
    who=Who.OPERATOR,
    names_as_written=True,
    description="How many calls and messages there are and were on this server since it started, and which calls are "
    "going on; whether the database takes nothing at present (`DatabaseOutage`: 1 or 0), and how many changes of "
    "records wait for it (`RecordsInSpool`). Only for the root account. There are no figures of MGCP: nothing here "
    "speaks it.",
)
_IN_FULL: Final = flag("LiveCallDetails")
_table = CALLS.table
_AVERAGE = Prepared(
    select(func.sum(_table.c.duration), func.count()).where(
        _table.c.date_created >= bindparam("moment", type_=_table.c.date_created.type), _table.c.status == "completed"
    )
)
#: what the records call it, and what it is called here
_ENDED: Final = {
    "completed": "CompletedCalls",
    "no-answer": "NoAnswerCalls",
    "busy": "BusyCalls",
    "failed": "FailedCalls",
    "canceled": "CanceledCalls",
}
#: requests of nobody known, by the status that they were answered with
_REFUSED: Final = {401: "RequestsNotAuthenticated", 429: "RequestsLockedOut"}
#: of a call that came for what is not there: it has a Notification instead of a record
_NOT_FOUND: Final = 11005
#: what became of messages that came in; something must carry messages first
_NO_MESSAGES: Final = {
    f"TextMessage{fate}": 0 for fate in ("InboundToApp", "InboundToClient", "InboundToProxyOut", "NotFound")
}
#: the SIP response that a state of a call comes from
_RESPONSES: Final = {"ringing": 180, "in-progress": 200}


@SUPERVISOR.answers("GET")
async def ping(asked: Asked) -> Any:
    return {"TotalCalls": asked.meter.calls}


@SUPERVISOR.answers("GET", "livecalls")
async def live_calls(asked: Asked) -> Any:
    return {"LiveCallDetails": _live(asked)}


@SUPERVISOR.answers("GET", "metrics", query=[_IN_FULL])
async def metrics(asked: Asked) -> Any:
    in_full = read_parameters([_IN_FULL], asked.query, creating=False).get(_IN_FULL.attribute)
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


async def _metrics(asked: Asked) -> Mapping[str, Any]:
    meter, live = asked.meter, list(asked.house.live)
    came = sum(call.direction == INBOUND for call in live)
    return {
        "TotalCallsSinceUptime": meter.calls,
        "IncomingCallsSinceUptime": meter.incoming,
        "OutgoingCallsSinceUptime": meter.outgoing,
        "RegisteredUsers": await _registered(asked),
        "LiveCalls": len(live),
        "MaximumConcurrentCalls": meter.most,
        "MaximumConcurrentIncomingCalls": meter.most_incoming,
        "MaximumConcurrentOutgoingCalls": meter.most_outgoing,
        "AverageCallDurationInSecondsLast24Hours": await _average(asked, timedelta(hours=24)),
        "AverageCallDurationInSecondsLastHour": await _average(asked, timedelta(hours=1)),
        "LiveIncomingCalls": came,
        "LiveOutgoingCalls": len(live) - came,
        **{name: meter.ended[status] for status, name in _ENDED.items()},
        "NotFoundCalls": await _not_found(asked),
        **_NO_MESSAGES,
        "TextMessageOutbound": sum(meter.messages.values()),
        **{name: meter.refused[status] for status, name in _REFUSED.items()},
        "DatabaseOutage": int(asked.house.store.database.outage is not None),
        "RecordsInSpool": asked.house.store.database.sheltered,
    }


async def _registered(asked: Asked) -> int:
    """Clients with a phone, not phones."""
    now = asked.house.clock.utc()
    return len({phone.login for phone in await asked.house.store.registrations.find() if phone.expires_at > now})


async def _not_found(asked: Asked) -> int:
    since = at_least("date_created", asked.house.started_at)
    return await asked.house.store.notifications.count(
        in_tree(asked.caller.sid), equal("error_code", _NOT_FOUND), since
    )


async def _average(asked: Asked, span: timedelta) -> float:
    moment = to_milliseconds(asked.house.clock.utc() - span)
    ((seconds, count),) = await asked.house.store.database.read(_AVERAGE, {"moment": moment})
    return round(float(seconds or 0) / count, 3) if count else 0.0


def _live(asked: Asked) -> list[Any]:
    names = _IN_JSON if asked.as_json else _IN_XML
    return [dict(zip(names, _facts(call), strict=True)) for call in asked.house.live]


_IN_JSON: Final = (
    *("sid", "State", "direction", "date_created", "ForwardedFrom", "CallerName", "from", "to"),
    *("Initial Invite", "Last Response"),
)
#: a name of XML has no blanks
_IN_XML: Final = (
    *("Sid", "State", "Direction", "DateCreated", "ForwardedFrom", "CallerName", "From", "To"),
    *("InitialInvite", "LastResponse"),
)


def _facts(call: Call) -> tuple[Any, ...]:
    return (
        call.sid,
        call.status.upper().replace("-", "_"),
        call.direction,
        RESTCOMM.moment(call.record.date_created),
        call.forwarded_from,
        call.caller_name,
        call.from_,
        call.to,
        call.leg.sip.request.uri_text if call.leg is not None else None,
        _RESPONSES.get(call.status, 100 if call.direction == INBOUND else None),
    )
