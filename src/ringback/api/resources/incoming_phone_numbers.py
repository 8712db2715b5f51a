"""Incoming phone numbers: what may be dialled, and which document answers. Specification, tables 4.10 to 4.12."""

from functools import partial
from typing import Any

from ringback.api.answer import Answer
from ringback.api.asked import Asked
from ringback.api.dialect import TWILIO, Dialect
from ringback.api.filter import Match, by
from ringback.api.kind import TREE
from ringback.api.kind import flag as flag_kind
from ringback.api.permission import Deed
from ringback.api.property import (
    ACCOUNT_SID,
    API_VERSION_GIVEN,
    DATE_CREATED,
    DATE_UPDATED,
    SID,
    Property,
    application,
    computed,
    flag,
    number,
    parameter,
    prop,
    text,
    uri,
    url_and_method,
)
from ringback.api.representation import JSON, XML, document, to_json, xml_tree
from ringback.api.resource import Resource, Values, twice
from ringback.api.routes import Action, Route, Shows
from ringback.api.stock import KINDS, countries_of_stock, free_numbers
from ringback.kernel.errors import BadParameter, Conflict
from ringback.numbers.number import e164, friendly
from ringback.store.numbers import NumberRecord
from ringback.store.where import equal


def _capabilities(record: NumberRecord, dialect: Dialect, _as_json: bool) -> Any:
    capable = {
        "Voice": record.voice_capable is not False,
        "Sms": record.sms_capable is True,
        "Mms": record.mms_capable is True,
        "Fax": record.fax_capable is True,
    }
    return capable if dialect is TWILIO else {f"{name}Capable": value for name, value in capable.items()}


def _kind(name: str) -> Property:
    return parameter(flag(f"{name}Capable"))


class IncomingPhoneNumbers(Resource[NumberRecord]):
    """Below the list, ``Local``, ``TollFree`` and ``Mobile`` are those of one kind."""

    def routes(self, dialect: Dialect) -> list[Route]:
        routes = super().routes(dialect)
        place = routes[0].path
        for kind in KINDS:
            listing = Action(Deed.READ, self.target, partial(self._answer_kind, kind), shows=Shows.LIST)
            buying = Action(Deed.CREATE, self.target, partial(self._answer_bought, kind), shows=Shows.NEW)
            routes.append(Route(f"{place}/{kind}", {"GET": listing, "POST": buying}))
        countries = Action(Deed.READ, self.target, self._answer_countries)
        return [*routes, Route(f"{place}/AvailableCountries", {"GET": countries})]

    async def _answer_kind(self, kind: str, asked: Asked) -> Answer:
        return self.show_page(await self.page(asked, equal("kind", kind)), asked)

    async def _answer_bought(self, kind: str, asked: Asked) -> Answer:
        async def buy() -> NumberRecord:
            return await bind({**await self.values_to_create(asked), "kind": kind}, asked)

        return self.show(await twice(buy), asked, asked.dialect.created)

    async def _answer_countries(self, asked: Asked) -> Answer:
        countries = await countries_of_stock(asked.house.store, asked.house.clock)
        if asked.as_json:
            return Answer(200, to_json(countries), JSON)
        return Answer(200, document(xml_tree("AvailableCountries", {"Country": countries}, "  ")), XML)


INCOMING_PHONE_NUMBERS = IncomingPhoneNumbers(
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
        number("PhoneNumber", fixed=True, code=21421),
        *url_and_method("Voice"),
        *url_and_method("VoiceFallback"),
        *url_and_method("StatusCallback"),
        flag("VoiceCallerIdLookup", default=False),
        application("VoiceApplicationSid"),
        DATE_CREATED,
        DATE_UPDATED,
        *url_and_method("Sms"),
        *url_and_method("SmsFallback"),
        application("SmsApplicationSid"),
        API_VERSION_GIVEN,
        uri("IncomingPhoneNumbers"),
        *url_and_method("Ussd"),
        *url_and_method("UssdFallback"),
        application("UssdApplicationSid"),
        *url_and_method("Refer"),
        application("ReferApplicationSid"),
        computed("Capabilities", _capabilities, TREE),
        *(_kind(name) for name in ("Voice", "Sms", "Mms", "Fax")),
        parameter(text("AreaCode", most=6), fixed=True),
        prop("isSIP", flag_kind(), attribute="pure_sip", default=False, fixed=True, shown=False),
    ],
    one_of=("PhoneNumber", "AreaCode"),
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
async def bind(values: Values, asked: Asked) -> NumberRecord:
    """A number that the account has already is bound to what is given now; another account's is taken."""
    country = asked.house.settings.country
    given = values["phone_number"] or await _from_stock(values, asked)
    values["phone_number"] = given if values["pure_sip"] else as_stored(given, country)
    values["friendly_name"] = values["friendly_name"] or friendly(values["phone_number"], country)
    existing = await asked.house.store.numbers.first(phone_number=values["phone_number"])
    if existing is None:
        return await INCOMING_PHONE_NUMBERS.insert(values, asked)
    if existing.account_sid != asked.account.sid:
        raise Conflict(f"The number {existing.phone_number} is in use by another account.", code=21422)
    return await INCOMING_PHONE_NUMBERS.amend(existing, await INCOMING_PHONE_NUMBERS.given(asked), asked)


async def _from_stock(values: Values, asked: Asked) -> str:
    """Any number with the area code."""
    if not values["area_code"]:
        raise BadParameter(["PhoneNumber can not be null."], code=21421)
    wanted = {"area_code": values["area_code"], "kind": values.get("kind", "Local")}
    found = await free_numbers(asked.house.store, asked.house.clock, wanted, limit=1)
    if not found.records:
        raise BadParameter([f"There is no number with AreaCode {values['area_code']} to be had."], code=21452)
    return found.records[0].phone_number
