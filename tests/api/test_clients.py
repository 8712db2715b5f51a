"""Clients, as the specification's tables 4.7 to 4.9 and its curl commands show them."""

import asyncio
import re

import pytest

from ringback.flows.house import House
from ringback.kernel.sid import new_sid
from ringback.store.registrations import RegistrationRecord
from tests.api.conftest import Api, sub_account

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d")
XML_ORDER = [
    "Sid",
    "DateCreated",
    "DateUpdated",
    "AccountSid",
    "ApiVersion",
    "FriendlyName",
    "Login",
    "Password",
    "Status",
    "VoiceUrl",
    "VoiceMethod",
    "VoiceFallbackUrl",
    "VoiceFallbackMethod",
    "VoiceApplicationSid",
    "Uri",
    "StatusCallback",
    "StatusCallbackMethod",
]


async def test_creating_one_prints_what_the_specification_shows(api: Api) -> None:
    """curl -X POST …/Clients.json -d "Login=alice" -d "Password=test"."""
    reply = await api.post("Clients.json", "Login=alice&Password=test")

    assert reply.status == 200
    shown = reply.json
    sid = shown["sid"]
    assert list(shown.items())[:12] == [
        ("sid", sid),
        ("date_created", shown["date_created"]),
        ("date_updated", shown["date_updated"]),
        ("account_sid", api.name),
        ("api_version", "2012-04-24"),
        ("friendly_name", "alice"),
        ("login", "alice"),
        ("password", "test"),
        ("status", "1"),
        ("voice_method", "POST"),
        ("voice_fallback_method", "POST"),
        ("uri", f"/restcomm/2012-04-24/Accounts/{api.name}/Clients/{sid}.json"),
    ]
    assert re.fullmatch("CL[0-9a-f]{32}", sid)
    assert ISO.fullmatch(shown["date_created"])
    assert ISO.fullmatch(shown["date_updated"])
    assert "voice_url" not in shown


async def test_xml_has_every_property_in_order_and_empty_elements_for_none(api: Api) -> None:
    made = (await api.post("Clients", "Login=zoe&Password=a%26b%3C%22&FriendlyName=Zo%C3%AB")).one

    assert made.tag == "Client"
    assert [child.tag for child in made] == XML_ORDER
    assert made.findtext("Password") == 'a&b<"'
    assert made.findtext("FriendlyName") == "Zoë"
    assert made.findtext("VoiceUrl") == ""
    assert made.findtext("Uri") == f"/restcomm/2012-04-24/Accounts/{api.name}/Clients/{made.findtext('Sid')}"


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_changing_the_password(api: Api, method: str) -> None:
    """curl -X PUT …/Clients/{Sid} -d "Password=NewPassword"."""
    sid = (await api.post("Clients.json", f"Login=pw{method}&Password=old")).json["sid"]

    changed = (await api.ask(method, f"Clients/{sid}", "Password=NewPassword&Login=ignored")).one

    assert changed.findtext("Password") == "NewPassword"
    assert changed.findtext("Login") == f"pw{method}"
    assert (await api.get(f"Clients/{sid}")).one.findtext("Password") == "NewPassword"


async def test_every_parameter_comes_back_and_an_empty_url_is_none(api: Api) -> None:
    """Table 4.9; what is taken is kept, a StatusCallback too."""
    given = {
        "Login": "full",
        "Password": "x",
        "FriendlyName": "Full House",
        "Status": "0",
        "VoiceUrl": "http://127.0.0.1/voice",
        "VoiceMethod": "GET",
        "VoiceFallbackUrl": "http://127.0.0.1/fallback",
        "VoiceFallbackMethod": "get",
        "VoiceApplicationSid": "",
        "StatusCallback": "https://example.com/status?a=1&b=2",
        "StatusCallbackMethod": "GET",
    }
    made = (await api.post("Clients.json", given)).json
    assert made["voice_url"] == given["VoiceUrl"]
    assert made["voice_fallback_method"] == "GET"
    assert made["status_callback"] == given["StatusCallback"]
    assert made["status_callback_method"] == "GET"
    assert made["status"] == "0"

    changed = (await api.post(f"Clients/{made['sid']}.json", {"VoiceUrl": "", "VoiceMethod": ""})).json
    assert "voice_url" not in changed
    assert changed["voice_method"] == "POST"
    assert changed["status_callback"] == given["StatusCallback"]


async def test_deleting_one_answers_200_and_forgets_its_phones(api: Api, house: House) -> None:
    """curl -X DELETE …/Clients/{Sid}; the second time there is none."""
    sid = (await api.post("Clients.json", "Login=gone&Password=x")).json["sid"]
    now = house.clock.utc()
    await house.store.registrations.insert(
        RegistrationRecord(
            sid=new_sid("RG"),
            date_created=now,
            date_updated=now,
            account_sid=api.name,
            client_sid=sid,
            login="gone",
            contact="sip:gone@127.0.0.1:5999",
            expires_at=now,
            call_id="a",
            cseq=1,
            source="udp:127.0.0.1:5999",
        )
    )

    reply = await api.delete(f"Clients/{sid}")

    assert (reply.status, reply.body) == (200, b"")
    assert await house.store.registrations.find(login="gone") == []
    assert (await api.delete(f"Clients/{sid}")).status == 404
    assert (await api.get(f"Clients/{sid}")).status == 404


async def test_the_list_is_paged(other: Api) -> None:
    """curl -X GET …/Clients/ — with the slash."""
    for login in ("one", "two", "three"):
        assert (await other.post("Clients", f"Login={login}-{other.name}&Password=x")).status == 200

    listed = (await other.get("Clients/?PageSize=2")).one
    assert listed.tag == "Clients"
    assert listed.attrib["total"] == "3"
    assert [child.tag for child in listed] == ["Client", "Client"]
    shown = (await other.get("Clients.json")).json
    assert [client["login"].partition("-")[0] for client in shown["clients"]] == ["three", "two", "one"]


async def test_a_login_that_is_there_stays_one_client(api: Api) -> None:
    first = (await api.post("Clients.json", "Login=twice&Password=a&VoiceMethod=GET")).json
    again = (await api.post("Clients.json", "Login=twice&Password=b")).json

    assert again["sid"] == first["sid"]
    assert again["password"] == "b"
    assert again["voice_method"] == "GET"


async def test_at_the_same_time_one_client_is_made(other: Api) -> None:
    form = f"Login=race-{other.name}&Password=a"

    replies = await asyncio.gather(*(other.post("Clients.json", form) for _ in range(8)))

    assert {reply.status for reply in replies} == {200}
    assert len({reply.json["sid"] for reply in replies}) == 1


async def test_a_login_of_another_account_is_taken(api: Api, other: Api) -> None:
    await api.post("Clients.json", "Login=mine&Password=a")

    reply = await other.post("Clients.json", "Login=mine&Password=a")

    assert reply.status == 409
    assert reply.json["message"].startswith("A client with the same name was already created by another account.")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("", ["Login can not be null.", "Password can not be null."]),
        ("Login=&Password=x", ["Login can not be null."]),
        ("Login=a%40b&Password=x", ["Login", "invalid character(s)"]),
        (f"Login={'x' * 65}&Password=x", ["Login is longer than 64 characters."]),
        ("Login=bad&Password=x&Status=7", ["Status '7' is not one of 0, 1."]),
        ("Login=bad&Password=x&VoiceMethod=PATCH", ["VoiceMethod 'PATCH' is not one of GET, POST."]),
        ("Login=bad&Password=x&VoiceUrl=ftp://x/y&VoiceApplicationSid=AP1", ["VoiceUrl", "VoiceApplicationSid"]),
        ("Login=bad&Password=x&VoiceUrl=http://x:99999/", ["VoiceUrl"]),
    ],
)
async def test_bad_parameters_are_all_named(api: Api, form: str, words: list[str]) -> None:
    reply = await api.post("Clients.json", form)

    assert reply.status == 400
    for word in words:
        assert word in reply.json["message"]
    assert (await api.get("Clients.json?PageSize=1000")).json["clients"] is not None
    assert all(client["login"] != "bad" for client in (await api.get("Clients.json?PageSize=1000")).json["clients"])


async def test_a_client_of_another_account_is_not_found(api: Api, other: Api, house: House) -> None:
    sid = (await api.post("Clients.json", "Login=hidden&Password=a")).json["sid"]
    below = await sub_account(api, house, other.name)

    assert (await other.get(f"Clients/{sid}")).status == 404
    assert (await other.delete(f"Clients/{sid}")).status == 404
    assert (await below.get(f"{api.account}/Clients/{sid}")).status == 403
    assert (await api.get(f"Clients/{sid}")).status == 200
