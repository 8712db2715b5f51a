"""SMS messages: sending, and what was sent and received. Specification, tables 4.20 and 4.21."""

import re

from ringback.api.asked import Asked
from ringback.api.dialect import TWILIO, Dialect
from ringback.api.filter import Match, by
from ringback.api.form import Form
from ringback.api.kind import MOMENT, TREE, Kind, whole
from ringback.api.outgoing import outbox_of
from ringback.api.permission import must_be_active
from ringback.api.property import (
    ACCOUNT_SID,
    API_VERSION_SHOWN,
    DATE_CREATED,
    DATE_UPDATED,
    SID,
    choice,
    computed,
    full_url,
    method,
    number,
    parameter,
    prop,
    shown,
    text,
    uri,
)
from ringback.api.resource import Resource, Values
from ringback.kernel.errors import BadParameter, Conflict
from ringback.messaging.outbox import Outgoing
from ringback.store.messages import MessageRecord

_HEADER = re.compile(r"[Xx]-[A-Za-z0-9.!%*_+`'~-]{1,100}")  # a token of RFC 3261 §25.1
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
STATUSES = ("queued", "sending", "sent", "failed", "received", "delivered", "undelivered")


def _direction(message: MessageRecord, dialect: Dialect, _as_json: bool) -> str:
    """The specification says ``incoming`` of what Twilio calls ``inbound``."""
    if message.direction not in ("incoming", "inbound"):
        return message.direction
    return "inbound" if dialect is TWILIO else "incoming"


def _refuse(given: str) -> None:
    raise ValueError(f"'{given}' is not possible here: a message is text, from a From")


def _only_empty(given: str) -> None:
    raise ValueError("can only be emptied: what was written cannot be written anew")


_CREATE = (
    parameter(number("From"), required=True, code=21603),
    parameter(number("To"), required=True, code=21604),
    parameter(text("Body", most=1600), required=True, code=21602),
    parameter(choice("Encoding", ("GSM", "UCS-2", "UTF-8"))),
    parameter(full_url("StatusCallback")),
    parameter(method("StatusCallbackMethod")),
)
#: what Twilio's clients may ask for and is not to be had
_REFUSED = tuple(
    prop(name, Kind({"type": "string"}, _refuse), shown=False, code=20001)
    for name in ("MediaUrl", "MessagingServiceSid", "ContentSid", "ScheduleType")
)

SMS_MESSAGES = Resource(
    path="SMS/Messages",
    element="SMSMessage",
    elements="SMSMessages",
    key="messages",
    prefix="SM",
    target="SmsMessages",
    record=MessageRecord,
    rows=lambda store: store.messages,
    deeds=frozenset({"list", "create", "read"}),
    ends_with_account=False,
    sub_accounts=True,
    properties=[
        SID,
        DATE_CREATED,
        DATE_UPDATED,
        shown("DateSent", MOMENT),
        ACCOUNT_SID,
        shown("From"),
        shown("To"),
        shown("Body"),
        shown("Status"),
        computed("Direction", _direction),
        computed("Price", lambda message, _dialect, _json: message.price or "0.0"),
        shown("PriceUnit"),
        API_VERSION_SHOWN,
        uri("SMS/Messages", twilio_path="Messages"),
        shown("ErrorCode", whole(), left_out_when_empty=True),
        shown("ErrorMessage", left_out_when_empty=True),
    ],
    create=_CREATE,
    filters=[
        by("To", Match.ENDS),
        by("From", Match.ENDS),
        by("Body", Match.PART),
        by("Status", values=STATUSES),
        by("Direction", stored=dict.fromkeys(("incoming", "inbound"), ("incoming", "inbound"))),
        by("StartTime", Match.FROM_DAY, "date_created"),
        by("EndTime", Match.TO_DAY, "date_created"),
        by("DateSent", Match.DAY),
    ],
    sortable=("DateCreated", "From", "To", "Direction", "Status", "Body", "Price"),
    twilio_path="Messages",
    twilio=[
        computed("NumSegments", lambda message, _dialect, _json: str(message.num_segments or 1)),
        computed("NumMedia", lambda _message, _dialect, _json: "0"),
        computed("MessagingServiceSid", lambda _message, _dialect, _json: None),
        computed("SubresourceUris", lambda _message, _dialect, _json: {}, TREE),
    ],
    twilio_create=(*_REFUSED, *_CREATE),
    twilio_change=(prop("Body", Kind({"type": "string"}, _only_empty, empty=""), shown=False, code=20001),),
    twilio_deeds=frozenset({"list", "create", "read", "change", "delete"}),
    description="Text messages. Parameters that begin with X- become headers of the SIP MESSAGE that carries it.",
)


@SMS_MESSAGES.creates
async def send(values: Values, asked: Asked) -> MessageRecord:
    """Taken and kept; it goes its way through the outbox."""
    must_be_active(asked.account)
    form = await asked.form()
    return await outbox_of(asked.house).send(
        Outgoing(
            account_sid=asked.account.sid,
            from_=values["from_"],
            to=values["to"],
            body=values["body"],
            headers=_headers(form),
            encoding=values["encoding"],
            status_callback=values["status_callback"],
            status_callback_method=values["status_callback_method"],
            api_version=asked.dialect.api_version,
        )
    )


def _headers(form: Form) -> list[tuple[str, str]]:
    """Those that go with it. What would end a header, or begin another, is refused."""
    found = [(name, value) for name, value in form.pairs if name.upper().startswith("X-")]
    faults = [
        f"{name!r} is no header that can go with a message: letters, digits and -, and a value on one line."
        for name, value in found
        if _HEADER.fullmatch(name) is None or _CONTROL.search(value) is not None
    ]
    if faults:
        raise BadParameter(faults, code=20001)
    return found


@SMS_MESSAGES.changes
async def redact(message: MessageRecord, values: Values, asked: Asked) -> MessageRecord:
    """An empty Body takes the text away, for good."""
    return await SMS_MESSAGES.amend(message, values, asked) if "body" in values else message


@SMS_MESSAGES.deletes
async def forget(message: MessageRecord, asked: Asked) -> None:
    """Only what is under way no more can be forgotten."""
    if message.status in ("queued", "sending"):
        raise Conflict("A message can be deleted when it is sent or has failed; it is under way.", code=20009)
    await SMS_MESSAGES.remove(message, asked)
