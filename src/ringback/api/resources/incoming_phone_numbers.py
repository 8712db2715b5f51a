"""Incoming phone numbers: what may be dialled, and which document answers. Specification, tables 4.10 to 4.12."""

from typing import Any

from ringback.api.asked import Asked
from ringback.api.filter import Match, by
from ringback.api.kind import TREE
from ringback.api.property import (
    ACCOUNT_SID,
    API_VERSION_GIVEN,
    DATE_CREATED,
    DATE_UPDATED,
    SID,
    computed,
    flag,
    number,
    reference,
    text,
    uri,
    url_and_method,
)
from ringback.api.resource import Resource, Values
from ringback.kernel.errors import Conflict
from ringback.numbers.number import e164, friendly
from ringback.store.numbers import NumberRecord


def _capabilities(record: NumberRecord, _dialect: Any, _as_json: bool) -> Any:
    return {
        "VoiceCapable": record.voice_capable is not False,
        "SmsCapable": record.sms_capable is True,
        "MmsCapable": record.mms_capable is True,
        "FaxCapable": record.fax_capable is True,
    }


INCOMING_PHONE_NUMBERS = Resource(
    path="IncomingPhoneNumbers",
    element="IncomingPhoneNumber",
    key="incomingPhoneNumbers",
    prefix="PN",
    record=NumberRecord,
    rows=lambda store: store.numbers,
    delete_status=204,
    properties=[
        SID,
        ACCOUNT_SID,
        text("FriendlyName", most=64),
        number("PhoneNumber", required=True, fixed=True, code=21421),
        *url_and_method("Voice"),
        *url_and_method("VoiceFallback"),
        *url_and_method("StatusCallback"),
        flag("VoiceCallerIdLookup", default=False),
        reference("VoiceApplicationSid", "AP", code=21218),
        DATE_CREATED,
        DATE_UPDATED,
        *url_and_method("Sms"),
        *url_and_method("SmsFallback"),
        reference("SmsApplicationSid", "AP", code=21218),
        API_VERSION_GIVEN,
        uri("IncomingPhoneNumbers"),
        *url_and_method("Ussd"),
        *url_and_method("UssdFallback"),
        reference("UssdApplicationSid", "AP", code=21218),
        *url_and_method("Refer"),
        reference("ReferApplicationSid", "AP", code=21218),
        computed("Capabilities", _capabilities, TREE),
    ],
    filters=[by("PhoneNumber", Match.PART), by("FriendlyName", Match.PART)],
    sortable=("PhoneNumber", "FriendlyName", "DateCreated"),
    twilio_path="IncomingPhoneNumbers",
    description="Phone numbers that may be dialled, each with the document that answers.",
)


#: fewer digits are an extension of one's own, whatever the country: ``1234`` is stored as ``+1234``
_SHORTEST = 6


def as_stored(given: str, country: str) -> str:
    """E.164 where that is possible; what is no number stays as it was given."""
    if given.isascii() and given.isdigit() and len(given) < _SHORTEST:
        return "+" + given
    return e164(given, country) or given


@INCOMING_PHONE_NUMBERS.creates
async def once_a_number(values: Values, asked: Asked) -> NumberRecord:
    """A number that the account has already is bound to what is given now; another account's is taken."""
    country = asked.house.settings.country
    values["phone_number"] = as_stored(values["phone_number"], country)
    values["friendly_name"] = values["friendly_name"] or friendly(values["phone_number"], country)
    existing = await asked.house.store.numbers.first(phone_number=values["phone_number"])
    if existing is None:
        return await INCOMING_PHONE_NUMBERS.insert(values, asked)
    if existing.account_sid != asked.account.sid:
        raise Conflict(f"The number {existing.phone_number} is in use by another account.", code=21422)
    return await INCOMING_PHONE_NUMBERS.amend(existing, await INCOMING_PHONE_NUMBERS.given(asked), asked)
