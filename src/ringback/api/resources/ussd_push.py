"""USSD push: a dialogue of text with a phone, begun by this side. No gateway carries one yet."""

from typing import Any

from ringback.api.asked import Asked
from ringback.api.kind import whole
from ringback.api.permission import Deed, must_be_active
from ringback.api.place import Place
from ringback.api.property import full_url, method, number, parameter, prop, read_parameters, text
from ringback.api.resources.calls import CALLS
from ringback.calls.notes import Fault
from ringback.kernel.sid import new_sid
from ringback.store.calls import CallRecord

USSD_PUSH = Place(
    path="UssdPush",
    target="Calls",
    description="Begins a USSD dialogue with a phone; the answer is a Call.",
)
PARAMETERS = (
    parameter(text("From", most=64), required=True, code=21213),
    parameter(number("To"), required=True, code=21201),
    parameter(full_url("Url"), required=True, code=21205),
    parameter(method("Method")),
    parameter(full_url("FallbackUrl")),
    parameter(method("FallbackMethod")),
    parameter(full_url("StatusCallback")),
    parameter(method("StatusCallbackMethod")),
    prop("Timeout", whole(1, 600), default=60, shown=False),
    parameter(text("Username", most=128)),
    parameter(text("Password", most=128)),
)
_NO_GATEWAY = 11004


@USSD_PUSH.answers("POST", deed=Deed.CREATE, parameters=PARAMETERS)
async def push(asked: Asked) -> Any:
    """Taken and kept; as no gateway is set up, it then fails, and a Notification says so."""
    must_be_active(asked.account)
    values = read_parameters(PARAMETERS, await asked.form(), creating=True)
    now = asked.house.clock.utc()
    record = CallRecord(
        sid=new_sid("CA"),
        date_created=now,
        date_updated=now,
        account_sid=asked.account.sid,
        to=values["to"],
        from_=values["from_"],
        status="queued",
        start_time=now,
        direction="outbound-api",
    )
    await asked.house.store.calls.insert(record)
    asked.house.tasks.start(_fail(record, asked), f"ussd {record.sid}")
    return CALLS.show(record, asked, asked.dialect.created)


async def _fail(record: CallRecord, asked: Asked) -> None:
    reason = f"The USSD push to {record.to} was not sent: no USSD gateway is set up on this server."
    await CALLS.amend(record, {"status": "failed", "end_time": asked.house.clock.utc(), "duration": 0}, asked)
    await asked.house.notes.write(record.account_sid, Fault(_NO_GATEWAY, reason), call_sid=record.sid)
