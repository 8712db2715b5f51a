"""Twilio's dialect at /2010-04-01: the same resources, as Twilio's clients expect them."""

import re
from email.utils import parsedate_to_datetime

import pytest
import pytest_asyncio

from ringback.flows.house import House
from tests.api.conftest import Api
from tests.api.test_calls import call_of

#: what the clients look at to find the items of a list: everything else is the items
META_KEYS = {
    "end",
    "first_page_uri",
    "next_page_uri",
    "last_page_uri",
    "page",
    "page_size",
    "previous_page_uri",
    "total",
    "num_pages",
    "start",
    "uri",
}


@pytest_asyncio.fixture(loop_scope="module")
async def twilio(other: Api) -> Api:
    """A fresh account that speaks the other dialect."""
    other.account = f"/2010-04-01/Accounts/{other.name}"
    return other


async def test_creating_fetching_changing_and_deleting(twilio: Api) -> None:
    made = await twilio.post("IncomingPhoneNumbers.json", {"PhoneNumber": "+14155550170"})
    assert made.status == 201
    shown = made.json
    assert shown["uri"] == f"{twilio.account}/IncomingPhoneNumbers/{shown['sid']}.json"
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", shown["date_created"])
    assert parsedate_to_datetime(shown["date_created"]).tzinfo is not None
    assert shown["voice_url"] is None
    assert shown["capabilities"] == {"voice": True, "sms": False, "mms": False, "fax": False}
    item = f"IncomingPhoneNumbers/{shown['sid']}.json"
    changed = await twilio.post(item, "FriendlyName=Desk")
    assert (changed.status, changed.json["friendly_name"]) == (200, "Desk")
    deleted = await twilio.delete(item)
    assert (deleted.status, deleted.body) == (204, b"")
    assert (await twilio.delete(item)).status == 404


async def test_a_list_has_the_envelope_of_twilio(twilio: Api, house: House) -> None:
    for minute in range(5):
        await house.store.calls.insert(call_of(twilio.name, minute))
    seen: list[str] = []
    link: str | None = f"{twilio.account}/Calls.json?PageSize=2&Status=completed"
    while link is not None:
        page = (await twilio.get(link)).json
        assert set(page) - META_KEYS == {"calls"}
        seen += [call["sid"] for call in page["calls"]]
        link = page["next_page_uri"]
        assert link is None or (link.startswith(f"{twilio.account}/Calls.json?") and "Status=completed" in link)
    assert len(set(seen)) == 5
    assert page["previous_page_uri"]
    call = page["calls"][0]
    assert (call["duration"], call["parent_call_sid"], call["price_unit"]) == ("1", None, "USD")
    assert call["subresource_uris"]["recordings"] == f"{twilio.account}/Calls/{call['sid']}/Recordings.json"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("Messages", "messages"),
        ("Recordings", "recordings"),
        ("Transcriptions", "transcriptions"),
        ("IncomingPhoneNumbers", "incoming_phone_numbers"),
        ("IncomingPhoneNumbers/Mobile", "incoming_phone_numbers"),
        ("AvailablePhoneNumbers/US/Local", "available_phone_numbers"),
        ("Applications", "applications"),
        ("Conferences", "conferences"),
        ("OutgoingCallerIds", "outgoing_caller_ids"),
        ("Notifications", "notifications"),
        ("Usage/Records", "usage_records"),
        ("Usage/Records/Daily", "usage_records"),
    ],
)
async def test_lists(twilio: Api, path: str, key: str) -> None:
    """With and without .json the answer is JSON."""
    for ending in ("", ".json"):
        reply = await twilio.get(path + ending)
        assert reply.status == 200
        assert set(reply.json) - META_KEYS == {key}


async def test_an_account_is_made_from_a_name_alone(api: Api) -> None:
    made = await api.post("/2010-04-01/Accounts.json", "FriendlyName=Sub")
    assert made.status == 201
    account = made.json
    assert account["owner_account_sid"] == api.name
    assert re.fullmatch("[0-9a-f]{32}", account["auth_token"])
    below = api.login(account["sid"], account["auth_token"])
    assert (await below.get(f"/2010-04-01/Accounts/{account['sid']}.json")).status == 200


async def test_an_application_is_known_by_its_voice_url(twilio: Api) -> None:
    made = (await twilio.post("Applications.json", "FriendlyName=A&VoiceUrl=http://127.0.0.1/a&SmsMethod=GET")).json
    assert (made["voice_url"], made["voice_method"], made["sms_method"]) == ("http://127.0.0.1/a", "POST", "GET")


async def test_a_message(twilio: Api) -> None:
    made = await twilio.post("Messages.json", "From=%2B1&To=%2B2&Body=x")
    assert made.status == 201
    assert made.json["uri"] == f"{twilio.account}/Messages/{made.json['sid']}.json"


@pytest.mark.parametrize(
    ("method", "path", "form", "status", "code"),
    [
        ("GET", "Calls/CA00000000000000000000000000000000.json", None, 404, 20404),
        ("POST", "Calls.json", "To=a&Url=http://x/", 400, 21213),
        ("POST", "Calls.json", "From=a&Url=http://x/", 400, 21201),
        ("POST", "Calls.json", "From=a&To=b&Url=x", 400, 21205),
        ("POST", "Messages.json", "From=a&To=b", 400, 21602),
        ("POST", "IncomingPhoneNumbers.json", "", 400, 21421),
        ("DELETE", "Calls.json", None, 405, 20004),
        ("GET", "Nothing.json", None, 404, 20404),
        ("GET", "Clients.json", None, 404, 20404),
    ],
)
async def test_errors(twilio: Api, method: str, path: str, form: str | None, status: int, code: int) -> None:
    reply = await twilio.ask(method, path, form)
    assert (reply.status, reply.json["status"], reply.json["code"]) == (status, status, code)
    assert list(reply.json) == ["code", "message", "more_info", "status"]
