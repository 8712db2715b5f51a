"""SMS messages: sending, and what was sent and received. Specification, tables 4.20 and 4.21."""

from ringback.api.asked import Asked
from ringback.api.filter import Match, by
from ringback.api.kind import MOMENT, whole
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
    shown,
    text,
    uri,
)
from ringback.api.resource import Resource, Values
from ringback.calls.notes import Fault
from ringback.store.messages import MessageRecord

STATUSES = ("queued", "sending", "sent", "failed", "received", "delivered", "undelivered")
#: the error of a message that nobody carries
NO_CARRIER = 30008

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
        shown("Direction"),
        computed("Price", lambda message, _dialect, _json: message.price or "0.0"),
        shown("PriceUnit"),
        API_VERSION_SHOWN,
        uri("SMS/Messages", twilio_path="Messages"),
        shown("ErrorCode", whole(), left_out_when_empty=True),
        shown("ErrorMessage", left_out_when_empty=True),
    ],
    create=[
        parameter(number("From"), required=True, code=21603),
        parameter(number("To"), required=True, code=21604),
        parameter(text("Body", most=1600), required=True, code=21602),
        parameter(choice("Encoding", ("GSM", "UCS-2", "UTF-8"))),
        parameter(full_url("StatusCallback")),
        parameter(method("StatusCallbackMethod")),
    ],
    filters=[
        by("To", Match.ENDS),
        by("From", Match.ENDS),
        by("Body", Match.PART),
        by("Status", values=STATUSES),
        by("Direction"),
        by("StartTime", Match.FROM_DAY, "date_created"),
        by("EndTime", Match.TO_DAY, "date_created"),
        by("DateSent", Match.DAY),
    ],
    sortable=("DateCreated", "From", "To", "Direction", "Status", "Body", "Price"),
    twilio_path="Messages",
    description="Text messages. Parameters that begin with X- become headers of the SIP MESSAGE that carries it.",
)


@SMS_MESSAGES.creates
async def send(values: Values, asked: Asked) -> MessageRecord:
    """Taken and kept; as nothing carries messages yet, it then fails, and a Notification says so."""
    form = await asked.form()
    headers = [(name, value) for name, value in form.pairs if name.upper().startswith("X-")]
    facts = {**values, "status": "sending", "direction": "outbound-api", "headers": headers}
    message = await SMS_MESSAGES.insert(facts, asked)
    asked.house.tasks.start(_fail(message, asked), f"message {message.sid}")
    return message


async def _fail(message: MessageRecord, asked: Asked) -> None:
    reason = f"The message to {message.to} was not sent: no carrier of messages is set up on this server."
    await SMS_MESSAGES.amend(message, {"status": "failed", "error_code": NO_CARRIER, "error_message": reason}, asked)
    await asked.house.notes.write(message.account_sid, Fault(NO_CARRIER, reason))
