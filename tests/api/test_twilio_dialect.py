"""Twilio's dialect at /2010-04-01: the same resources, as Twilio's clients expect them."""

import re
from email.utils import parsedate_to_datetime

import pytest
import pytest_asyncio

from ringback.flows.house import House
from ringback.kernel.sid import new_sid
from ringback.store.conferences import ConferenceRecord
from ringback.store.messages import MessageRecord
from tests.api.conftest import Api
from tests.api.test_calls import START, call_of

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


def message_of(account: str, direction: str, status: str = "sent") -> MessageRecord:
    return MessageRecord(
        sid=new_sid("SM"),
        date_created=START,
        date_updated=START,
        account_sid=account,
        from_="+1",
        to="+2",
        body="Hello",
        status=status,
        direction=direction,
    )


@pytest.mark.parametrize(
    ("stored", "there", "here"),
    [
        ("incoming", "inbound", "incoming"),
        ("inbound", "inbound", "incoming"),
        ("outbound-api", "outbound-api", "outbound-api"),
        ("outbound-call", "outbound-call", "outbound-call"),
        ("outbound-reply", "outbound-reply", "outbound-reply"),
    ],
)
async def test_directions_of_messages(twilio: Api, house: House, stored: str, there: str, here: str) -> None:
    message = message_of(twilio.name, stored)
    await house.store.messages.insert(message)
    await house.store.messages.insert(message_of(twilio.name, "other"))

    for prefix, path, word in (
        (twilio.account, "Messages", there),
        (f"/restcomm/2012-04-24/Accounts/{twilio.name}", "SMS/Messages", here),
    ):
        assert (await twilio.get(f"{prefix}/{path}/{message.sid}.json")).json["direction"] == word
        listed = (await twilio.get(f"{prefix}/{path}.json?Direction={word}")).json["messages"]
        assert [item["sid"] for item in listed] == [message.sid]


async def test_a_message_shows_what_its_clients_look_at(twilio: Api, house: House) -> None:
    made = (await twilio.post("Messages.json", f"From=%2B1&To=%2B2&Body={'x' * 161}")).json

    assert (made["num_segments"], made["num_media"], made["messaging_service_sid"]) == ("2", "0", None)
    assert made["api_version"] == "2010-04-01"


async def test_a_message_is_emptied_and_deleted(twilio: Api, house: House) -> None:
    message = message_of(twilio.name, "outbound-api", "sending")
    await house.store.messages.insert(message)
    item = f"Messages/{message.sid}.json"
    under_way = await twilio.delete(item)
    assert (under_way.status, under_way.json["code"]) == (409, 20009)
    await house.store.messages.change(message.sid, status="failed")

    assert (await twilio.post(item, "Body=other")).status == 400
    assert (await twilio.post(item, "")).json["body"] == "Hello"
    assert (await twilio.post(item, "Body=")).json["body"] == ""
    deleted = await twilio.delete(item)
    assert (deleted.status, deleted.body) == (204, b"")
    assert (await twilio.get(item)).status == 404
    assert (await twilio.delete(item)).status == 404


@pytest.mark.parametrize("form", ["MediaUrl=http://x/y.png", "MessagingServiceSid=MG1", "ScheduleType=fixed"])
async def test_what_a_message_cannot_be_is_refused(twilio: Api, form: str) -> None:
    reply = await twilio.post("Messages.json", f"From=%2B1&To=%2B2&Body=x&{form}")
    assert (reply.status, reply.json["code"]) == (400, 20001)
    assert form.partition("=")[0] in reply.json["message"]


async def test_a_call_is_deleted_when_it_is_over(twilio: Api, house: House) -> None:
    over, live = call_of(twilio.name), call_of(twilio.name, 1, status="in-progress", end_time=None, duration=None)
    for call in (over, live):
        await house.store.calls.insert(call)

    refused = await twilio.delete(f"Calls/{live.sid}.json")
    assert (refused.status, refused.json["code"]) == (409, 20009)
    assert (await twilio.delete(f"Calls/{over.sid}.json")).status == 204
    assert (await twilio.delete(f"Calls/{over.sid}.json")).status == 404
    assert [call["sid"] for call in (await twilio.get("Calls.json")).json["calls"]] == [live.sid]
    assert (await twilio.get("Calls.json")).json["total"] == 1


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ("Status=completed", 21220),
        ("Status=canceled", 21220),
        ("Url=http://127.0.0.1/x", 21220),
        ("Status=paused", 21219),
        ("Status=completed&Url=http://127.0.0.1/x", 21218),
        ("Url=nope", 21205),
        ("Twiml=%3CResponse%2F%3E", 21205),
        ("Mute=true", 21200),
    ],
)
async def test_a_call_that_is_over_is_not_changed(twilio: Api, house: House, form: str, code: int) -> None:
    call = call_of(twilio.name)
    await house.store.calls.insert(call)

    reply = await twilio.post(f"Calls/{call.sid}.json", form)

    assert reply.status in (400, 409, 501)
    assert reply.json["code"] == code
    assert (await twilio.get(f"Calls/{call.sid}.json")).json["status"] == "completed"


@pytest.mark.parametrize("given", ["Twiml=%3CResponse%2F%3E", "ApplicationSid=AP1"])
async def test_a_document_that_is_no_url_is_refused(twilio: Api, given: str) -> None:
    reply = await twilio.post("Calls.json", f"From=a&To=b&{given}")
    assert reply.status == 400
    assert f"{given.partition('=')[0]} is not possible here" in reply.json["message"]


@pytest.mark.parametrize(
    ("stored", "word"),
    [
        ("RUNNING_INITIALIZING", "init"),
        ("RUNNING_MODERATOR_ABSENT", "in-progress"),
        ("RUNNING_MODERATOR_PRESENT", "in-progress"),
        ("STOPPING", "completed"),
        ("COMPLETED", "completed"),
        ("FAILED", "completed"),
    ],
)
async def test_statuses_of_conferences(twilio: Api, house: House, stored: str, word: str) -> None:
    room = ConferenceRecord(
        sid=new_sid("CF"),
        date_created=START,
        date_updated=START,
        account_sid=twilio.name,
        status=stored,
        friendly_name="r",
    )
    await house.store.conferences.insert(room)

    assert (await twilio.get(f"Conferences/{room.sid}.json")).json["status"] == word
    here = f"/restcomm/2012-04-24/Accounts/{twilio.name}/Conferences"
    assert (await twilio.get(f"{here}/{room.sid}.json")).json["status"] == stored
    for place, asked in (("Conferences.json", word), (f"{here}.json", stored)):
        page = (await twilio.get(f"{place}?Status={asked}")).json
        assert [item["sid"] for item in page["conferences"]] == [room.sid]
        assert page["total"] == 1
    others = {"init", "in-progress", "completed"} - {word}
    for other in others:
        assert (await twilio.get(f"Conferences.json?Status={other}")).json["conferences"] == []


@pytest.mark.parametrize("path", ["Queues.json", "Queues/QU00000000000000000000000000000000.json", "Clients.json"])
async def test_what_is_not_there_yet_is_not_found(twilio: Api, path: str) -> None:
    reply = await twilio.get(path)
    assert (reply.status, reply.json["code"]) == (404, 20404)


async def test_its_version_is_in_every_record_that_shows_one(twilio: Api, house: House) -> None:
    """Whatever made the record; the other dialect shows what that was."""
    await house.store.calls.insert(call_of(twilio.name))
    place = f"/restcomm/2012-04-24/Accounts/{twilio.name}"
    await twilio.post(f"{place}/Applications.json", "FriendlyName=made+there")
    await twilio.post("IncomingPhoneNumbers.json", "PhoneNumber=%2B14155550199")
    for path, key in (("Calls", "calls"), ("Applications", "applications"), ("IncomingPhoneNumbers", "")):
        (item,) = (await twilio.get(f"{path}.json")).json[key or "incoming_phone_numbers"]
        assert item["api_version"] == "2010-04-01"
    (there,) = (await twilio.get(f"{place}/Applications.json")).json["applications"]
    assert there["api_version"] == "2012-04-24"


async def test_countries_with_the_kinds_of_their_numbers(twilio: Api) -> None:
    page = (await twilio.get("AvailablePhoneNumbers.json")).json
    place = f"/2010-04-01/Accounts/{twilio.name}/AvailablePhoneNumbers"
    assert [country["country_code"] for country in page["countries"]] == sorted(
        country["country_code"] for country in page["countries"]
    )
    (us,) = [country for country in page["countries"] if country["country_code"] == "US"]
    assert us == {
        "country_code": "US",
        "country": "United States",
        "beta": False,
        "uri": f"{place}/US.json",
        "subresource_uris": {"local": f"{place}/US/Local.json", "toll_free": f"{place}/US/TollFree.json"},
    }
    assert (await twilio.get("AvailablePhoneNumbers/US.json")).json == us
    here = f"/restcomm/2012-04-24/Accounts/{twilio.name}/AvailablePhoneNumbers"
    shown = (await twilio.get(f"{here}/us")).one
    assert (shown.tag, shown.findtext("CountryCode"), shown.findtext("Uri")) == ("AvailableCountry", "US", f"{here}/US")
