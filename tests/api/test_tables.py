"""The tables of the specification: each property is shown, in XML and in JSON alike; each parameter is taken."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from ringback.api.names import snake
from ringback.api.registry import resources
from ringback.flows.house import House
from ringback.kernel.sid import new_sid
from tests.api.conftest import Api

URLS = "VoiceUrl VoiceMethod VoiceFallbackUrl VoiceFallbackMethod"
CALLBACK = "StatusCallback StatusCallbackMethod"
SMS_URLS = "SmsUrl SmsMethod SmsFallbackUrl SmsFallbackMethod"
#: by the path of the list: what tables 4.1, 4.4, 4.6, 4.7, 4.10, 4.13, 4.20, 4.22, 4.23, 4.24 show
PROPERTIES = {
    "Accounts": "Sid DateCreated DateUpdated FriendlyName Status AuthToken Uri",
    "Management/Gateways": "FriendlyName UserName Password Proxy Register TimeToLive",
    "Clients": "Sid DateCreated DateUpdated FriendlyName AccountSid ApiVersion Login Password Status "
    f"{URLS} VoiceApplicationSid {CALLBACK} Uri",
    "IncomingPhoneNumbers": "Sid DateCreated DateUpdated FriendlyName AccountSid PhoneNumber ApiVersion "
    f"VoiceCallerIdLookup {URLS} {CALLBACK} {SMS_URLS} Uri",
    "Calls": "Sid ParentCallSid DateCreated DateUpdated AccountSid To From PhoneNumberSid Status StartTime EndTime "
    "Duration Price Direction AnsweredBy ApiVersion ForwardedFrom CallerName Uri",
    "SMS/Messages": "Sid DateCreated DateUpdated DateSent AccountSid From To Body Status Direction ApiVersion Uri",
    "Recordings": "Sid DateCreated DateUpdated AccountSid CallSid Duration ApiVersion Uri",
    "Transcriptions": "Sid DateCreated DateUpdated AccountSid Status RecordingSid Duration TranscriptionText Uri",
    "Notifications": "Sid DateCreated DateUpdated AccountSid CallSid ApiVersion Log ErrorCode MoreInfo MessageText "
    "MessageDate RequestUrl RequestMethod RequestVariables ResponseHeaders ResponseBody Uri",
}
#: by path and method: tables 4.2, 4.3, 4.6, 4.8, 4.9, 4.11, 4.12, 4.14 to 4.16, 4.21
PARAMETERS = {
    ("post", "/Accounts"): "EmailAddress FriendlyName Status Password Role",
    ("post", "/Accounts/{account}"): "FriendlyName Status Password",
    ("put", "/Accounts/{account}"): "FriendlyName Status Password",
    ("post", "Management/Gateways"): "FriendlyName UserName Password Proxy Register TTL",
    ("put", "Management/Gateways/{sid}"): "FriendlyName UserName Password Proxy Register TTL",
    ("post", "Clients"): f"FriendlyName Login Password Status {URLS} VoiceApplicationSid {CALLBACK}",
    ("post", "Clients/{sid}"): f"FriendlyName Password Status {URLS} VoiceApplicationSid {CALLBACK}",
    ("put", "Clients/{sid}"): f"FriendlyName Password Status {URLS} VoiceApplicationSid {CALLBACK}",
    ("post", "IncomingPhoneNumbers"): f"PhoneNumber FriendlyName ApiVersion VoiceCallerIdLookup {URLS} {CALLBACK} "
    f"{SMS_URLS}",
    ("post", "IncomingPhoneNumbers/{sid}"): f"FriendlyName ApiVersion VoiceCallerIdLookup {URLS} {CALLBACK} {SMS_URLS}",
    ("put", "IncomingPhoneNumbers/{sid}"): f"FriendlyName ApiVersion VoiceCallerIdLookup {URLS} {CALLBACK} {SMS_URLS}",
    ("post", "Calls"): f"From To Url Method FallbackUrl FallbackMethod {CALLBACK} Timeout",
    ("post", "Calls/{sid}"): f"Url Method Status FallbackUrl FallbackMethod {CALLBACK}",
    ("post", "SMS/Messages"): "From To Body",
}
#: tables 4.17 and 4.18
QUERY = "Page PageSize To From Status StartTime ParentCallSid"
BY_PATH = {resource.path: resource for resource in resources()}


def a_record(kind: type[msgspec.Struct], sid: str, account: str, *, whole: bool) -> Any:
    """``whole``: with a value for every text, number and moment; else only for those that must have one."""
    now = datetime.fromisoformat("2013-10-16T08:51:32.460-06:00")
    facts: dict[str, Any] = {"sid": sid}
    for field in msgspec.structs.fields(kind):
        if field.name in ("account_sid", "parent_sid"):
            facts[field.name] = account
        elif field.name != "sid" and (field.required or (whole and field.name not in ("organization_sid", "headers"))):
            facts[field.name] = value_of(field.type, field.name, sid, now)
    return kind(**facts)


def value_of(wanted: Any, name: str, sid: str, now: datetime) -> Any:
    options = set(getattr(wanted, "__args__", (wanted,))) - {type(None)}
    for kind, value in ((datetime, now), (bool, True), (int, 3), (float, 3.0), (str, f"{name}-{sid[2:8]}")):
        if kind in options:
            return value
    raise AssertionError(f"{name}: {wanted}")


async def kept(path: str, account: Api, house: House, *, whole: bool) -> str:
    resource = BY_PATH[path]
    sid = new_sid(resource.prefix)
    await resource.rows(house.store).insert(a_record(resource.record, sid, account.name, whole=whole))
    return sid if path != "Accounts" else f"/restcomm/2012-04-24/Accounts/{sid}"


async def both(path: str, account: Api, sid: str) -> tuple[dict[str, str | None], dict[str, Any]]:
    """One in XML and in JSON."""
    place = sid if sid.startswith("/") else f"{path}/{sid}"
    shown = (await account.get(place)).one
    texts = {child.tag: child.text for child in shown if len(child) == 0}
    return texts, (await account.get(f"{place}.json")).json


@pytest.mark.parametrize("path", PROPERTIES)
async def test_every_property_is_shown_in_xml_and_in_json(api: Api, house: House, path: str) -> None:
    in_xml, in_json = await both(path, api, await kept(path, api, house, whole=True))
    for name in PROPERTIES[path].split():
        assert in_xml.get(name), name
        assert in_json.get(snake(name)) not in (None, ""), name


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("path", PROPERTIES)
async def test_xml_and_json_say_the_same(api: Api, house: House, path: str, whole: bool) -> None:
    """Same values under names that differ in their case alone; what has no value is an empty element, or no key."""
    in_xml, in_json = await both(path, api, await kept(path, api, house, whole=whole))
    plain = {key: value for key, value in in_json.items() if not isinstance(value, dict)}
    assert {snake(name) for name, text in in_xml.items() if text} == {
        key for key, value in plain.items() if value != ""
    }
    for name, text in in_xml.items():
        value = plain.get(snake(name), "")
        said = str(value).lower() if isinstance(value, bool) else str(value)
        assert (text or "") == said.removesuffix(".json" if name == "Uri" else "\0"), name


@pytest.mark.parametrize(("method", "path"), PARAMETERS)
async def test_every_parameter_is_taken(api: Api, method: str, path: str) -> None:
    document = (await api.get("/restcomm/2012-04-24/openapi.json")).json
    place = path if path.startswith("/") else f"/Accounts/{{account}}/{path}"
    body = document["paths"][place][method]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert set(PARAMETERS[method, path].split()) <= set(body["properties"])


async def test_every_parameter_of_a_list_is_taken(api: Api) -> None:
    document = (await api.get("/restcomm/2012-04-24/openapi.json")).json
    parameters = document["paths"]["/Accounts/{account}/Calls"]["get"]["parameters"]
    assert set(QUERY.split()) <= {parameter["name"] for parameter in parameters if parameter["in"] == "query"}


async def test_a_number_to_be_had_is_shown_in_xml_and_in_json(api: Api) -> None:
    """Table 4.4."""
    path = "AvailablePhoneNumbers/US/Local"
    names = [*("FriendlyName", "PhoneNumber", "Lata", "RateCenter", "Latitude", "Longitude")]
    names += ["Region", "PostalCode", "IsoCountry"]
    in_xml = (await api.get(f"{path}?AreaCode=305")).one[0]
    in_json = (await api.get(f"{path}.json?AreaCode=305")).json["available_phone_numbers"][0]
    assert [child.tag for child in in_xml][: len(names)] == names
    for name in names:
        assert (in_xml.findtext(name) or None) == in_json.get(snake(name)), name
