"""Outgoing caller ids: numbers that an account may show."""

from ringback.api.asked import Asked
from ringback.api.filter import Match, by
from ringback.api.property import ACCOUNT_SID, DATE_CREATED, DATE_UPDATED, SID, number, text, uri
from ringback.api.resource import Resource, Values
from ringback.kernel.errors import BadParameter
from ringback.numbers.number import e164, friendly
from ringback.store.outgoing_caller_ids import OutgoingCallerIdRecord

OUTGOING_CALLER_IDS = Resource(
    path="OutgoingCallerIds",
    element="OutgoingCallerId",
    prefix="PN",
    record=OutgoingCallerIdRecord,
    rows=lambda store: store.outgoing_caller_ids,
    properties=[
        SID,
        ACCOUNT_SID,
        text("FriendlyName", most=64),
        number("PhoneNumber", required=True, fixed=True, code=21401),
        DATE_CREATED,
        DATE_UPDATED,
        uri("OutgoingCallerIds"),
    ],
    filters=[by("PhoneNumber", Match.ENDS), by("FriendlyName")],
    sortable=("DateCreated", "PhoneNumber", "FriendlyName"),
    twilio_path="OutgoingCallerIds",
    description="Numbers that an account may show when it calls.",
)


@OUTGOING_CALLER_IDS.creates
async def as_a_number(values: Values, asked: Asked) -> OutgoingCallerIdRecord:
    """Kept as E.164, under the name that people in its country write."""
    country = asked.house.settings.country
    international = e164(values["phone_number"], country)
    if international is None:
        raise BadParameter([f"PhoneNumber '{values['phone_number']}' is an invalid phone number."], code=21401)
    values["phone_number"] = international
    values["friendly_name"] = values["friendly_name"] or friendly(international, country)
    return await OUTGOING_CALLER_IDS.insert(values, asked)
