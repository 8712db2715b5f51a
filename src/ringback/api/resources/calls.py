"""Calls: making, watching, moving and ending them. Specification, tables 4.13 to 4.19."""

from functools import partial
from typing import Any

from ringback.api.asked import Asked
from ringback.api.dialect import TWILIO, Dialect
from ringback.api.filter import Match, by
from ringback.api.kind import MOMENT, TREE, Kind, flag, whole
from ringback.api.permission import must_be_active
from ringback.api.property import (
    ACCOUNT_SID,
    API_VERSION_GIVEN,
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
    path_of,
    prop,
    shown,
    text,
    uri,
)
from ringback.api.resource import Resource, Values
from ringback.calls.state import FINAL
from ringback.flows.change_call import ChangeCall, change_call
from ringback.flows.place_call import PlaceCall, place_call
from ringback.kernel.errors import BadParameter, Conflict, Gone
from ringback.store.calls import CallRecord

STATUSES = ("queued", "ringing", "in-progress", "canceled", "completed", "failed", "busy", "no-answer")
EVENTS = ("initiated", "ringing", "answered", "completed")
_BELOW = ("Notifications", "Recordings")


def _subresources(call: CallRecord, dialect: Dialect, as_json: bool) -> Any:
    """The specification prints these with the context path, and without ``.json`` in JSON too."""
    place = path_of(call, "Calls", dialect)
    ending = ".json" if dialect is TWILIO else ""
    return {name: f"{place}/{name}{ending}" for name in _BELOW}


def _read_events(given: str) -> tuple[str, ...]:
    """Words, separated by blanks or commas."""
    words = given.replace(",", " ").lower().split()
    if unknown := [word for word in words if word not in EVENTS]:
        raise ValueError(f"'{' '.join(unknown)}' is not among {', '.join(EVENTS)}")
    return tuple(words)


def _refuse(advice: str, _given: str) -> None:
    raise ValueError(advice)


_FALLBACK = (parameter(full_url("FallbackUrl")), parameter(method("FallbackMethod")))
_STATUS_CALLBACK = (parameter(full_url("StatusCallback")), parameter(method("StatusCallbackMethod")))
#: what Twilio's clients may ask for and is not to be had: better refused than passed over
_REFUSED = tuple(
    prop(name, Kind({"type": "string"}, partial(_refuse, advice)), shown=False, code=code)
    for name, advice, code in (
        ("Twiml", "is not possible here: put the document at a Url", 21205),
        ("ApplicationSid", "is not possible here: give the Url of its document", 21218),
    )
)
_EVENTS = prop("StatusCallbackEvent", Kind({"type": "string"}, _read_events, empty=()), default=(), shown=False)

_CREATE = (
    parameter(number("From"), required=True, code=21213),
    parameter(number("To"), required=True, code=21201),
    parameter(full_url("Url"), required=True, code=21205),
    parameter(method("Method")),
    *_FALLBACK,
    *_STATUS_CALLBACK,
    _EVENTS,
    prop("Timeout", whole(1, 600), default=60, shown=False),
    parameter(text("Username", most=128)),
    parameter(text("Password", most=128)),
    API_VERSION_GIVEN,
)
_CHANGE = (
    parameter(full_url("Url"), code=21205),
    parameter(method("Method")),
    *_FALLBACK,
    *_STATUS_CALLBACK,
    parameter(choice("Status", ("canceled", "completed")), code=21219),
    prop("Mute", flag(), shown=False),
)

CALLS = Resource(
    path="Calls",
    element="Call",
    prefix="CA",
    record=CallRecord,
    rows=lambda store: store.calls,
    deeds=frozenset({"list", "create", "read", "change"}),
    change_methods=("POST",),
    ends_with_account=False,
    sub_accounts=True,
    properties=[
        SID,
        DATE_CREATED,
        DATE_UPDATED,
        shown("ParentCallSid"),
        ACCOUNT_SID,
        shown("To"),
        shown("From"),
        shown("PhoneNumberSid"),
        shown("Status"),
        shown("StartTime", MOMENT),
        shown("EndTime", MOMENT),
        shown("Duration", whole(), text_in_twilio=True),
        computed("Price", lambda call, _dialect, _json: call.price or "0.0"),
        shown("Direction"),
        shown("AnsweredBy"),
        API_VERSION_SHOWN,
        shown("ForwardedFrom"),
        shown("CallerName"),
        uri("Calls", context=""),
        computed("SubresourceUris", _subresources, TREE),
        shown("RingDuration", whole(), left_out_when_empty=True),
        shown("ConferenceSid", left_out_when_empty=True),
        shown("Muted", flag(), left_out_when_empty=True),
    ],
    create=_CREATE,
    change=_CHANGE,
    filters=[
        by("To", Match.ENDS),
        by("From", Match.ENDS),
        by("Status", values=STATUSES),
        by("StartTime", Match.DAY),
        by("EndTime", Match.DAY),
        by("ParentCallSid"),
        by("ConferenceSid"),
    ],
    sortable=("DateCreated", "From", "To", "Direction", "Status", "Duration", "Price"),
    twilio_path="Calls",
    twilio=[
        shown("PriceUnit"),
        shown("ToFormatted", attribute="to"),
        shown("FromFormatted", attribute="from_"),
        computed("QueueTime", lambda _call, _dialect, _json: "0"),
        *(computed(name, lambda _call, _dialect, _json: None) for name in ("GroupSid", "TrunkSid")),
    ],
    twilio_create=(*_REFUSED, *_CREATE),
    twilio_change=(*_REFUSED, *_CHANGE),
    twilio_deeds=frozenset({"list", "create", "read", "change", "delete"}),
    description="Connections between a phone and this system: made by this API, received, or dialled by a document.",
)


#: parameters that say nothing of where and how to call
_NOT_ORDERED = frozenset({"api_version", "status_callback_event", "twiml", "application_sid"})


@CALLS.creates
async def place(values: Values, asked: Asked) -> CallRecord:
    must_be_active(asked.account)
    values = {name: value for name, value in values.items() if name not in _NOT_ORDERED}
    events = [event for given in (await asked.form()).all("StatusCallbackEvent") for event in _read_events(given)]
    values["status_callback_events"] = tuple(dict.fromkeys(events))
    return await place_call(PlaceCall(account_sid=asked.account.sid, **values), asked.house)


@CALLS.changes
async def modify(call: CallRecord, values: Values, asked: Asked) -> CallRecord:
    """Moves a live call to another document, or ends it; asking for nothing changes nothing."""
    order = ChangeCall(**{name: value for name, value in values.items() if value not in (None, "")})
    if order == ChangeCall():
        return call
    try:
        return await change_call(call.sid, order, asked.house)
    except Gone as over:
        if asked.dialect is TWILIO:  # there it is the parameters' fault
            raise BadParameter([over.message], code=over.code) from over
        raise


@CALLS.deletes
async def forget(call: CallRecord, asked: Asked) -> None:
    """Only what is over can be forgotten; its recordings and Notifications stay."""
    if call.status not in FINAL:
        raise Conflict("A call can be deleted when it is over; end it with Status=completed first.", code=20009)
    await CALLS.remove(call, asked)
