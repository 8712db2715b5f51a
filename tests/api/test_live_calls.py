"""Calls made and modified through the API, in the whole server; the called phone is a socket that never answers."""

import io
import socket
import wave
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import pytest_asyncio

from ringback.app import Ringback
from ringback.kernel.settings import Http, Media, Settings, Sip
from tests.api.conftest import Api

DEMO = "http://127.0.0.1:8080/restcomm/demos/hello-play.xml"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ringback]:
    settings = Settings(
        http=Http(port=0), sip=Sip(port=0), media=Media(first_port=0, ports=2), data_dir=tmp_path_factory.mktemp("live")
    )
    server = await Ringback.start(settings)
    yield server
    await server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(server: Ringback) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(server.house.own_url, session)


@pytest.fixture
def deaf_phone() -> Iterator[str]:
    """The address of a phone that never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        yield f"sip:alice@127.0.0.1:{phone.getsockname()[1]}"


async def test_making_one_prints_what_the_specification_shows(live: Api, deaf_phone: str) -> None:
    """curl -X POST …/Calls.json -d "From=+16175551212" -d "To=sip:alice@127.0.0.1:5061" -d "Url=…/hello-play.xml"."""
    reply = await live.post("Calls.json", f"From=+16175551212&To={deaf_phone}&Url={DEMO}")

    assert reply.status == 200
    shown = reply.json
    place = f"/2012-04-24/Accounts/{live.name}/Calls/{shown['sid']}"
    assert list(shown.items()) == [
        ("sid", shown["sid"]),
        ("date_created", shown["date_created"]),
        ("date_updated", shown["date_updated"]),
        ("account_sid", live.name),
        ("to", "alice"),
        ("from", "+16175551212"),
        ("status", "queued"),
        ("start_time", shown["start_time"]),
        ("price", "0.0"),
        ("direction", "outbound-api"),
        ("api_version", "2012-04-24"),
        ("uri", f"{place}.json"),
        (
            "subresource_uris",
            {"notifications": f"/restcomm{place}/Notifications", "recordings": f"/restcomm{place}/Recordings"},
        ),
    ]
    await live.post(f"Calls/{shown['sid']}", "Status=completed")


@pytest.mark.parametrize("prefix", ["/restcomm/2012-04-24", "/restcomm/2010-04-01"])
async def test_ending_one(live: Api, deaf_phone: str, prefix: str) -> None:
    """curl -X POST /2010-04-01/Accounts/{AccountSid}/Calls/{CallSid} -d "Status=canceled"."""
    sid = (await live.post("Calls.json", {"From": "bob", "To": deaf_phone, "Url": DEMO})).json["sid"]
    item = f"{prefix}/Accounts/{live.name}/Calls/{sid}"

    both = await live.post(f"{item}.json", f"Status=completed&Url={DEMO}")
    assert both.status == 409
    assert "either redirect" in both.json["message"]
    assert (await live.post(f"{item}.json", "Status=sleeping")).status == 400
    assert (await live.post(f"{item}.json", "")).json["status"] == "queued"
    ended = (await live.post(item, "Status=canceled")).one
    assert [(child.tag, child.text) for child in ended][3:8] == [
        ("ParentCallSid", None),
        ("AccountSid", live.name),
        ("To", "alice"),
        ("From", "bob"),
        ("PhoneNumberSid", None),
    ]
    assert (ended.findtext("Status"), ended.findtext("Duration")) == ("canceled", "0")
    assert (await live.post(f"{item}.json", "Status=completed")).status == 410


@pytest.mark.parametrize("status", ["canceled", "completed"])
async def test_ending_one_in_the_dialect_of_twilio(live: Api, deaf_phone: str, status: str) -> None:
    calls = f"/2010-04-01/Accounts/{live.name}/Calls"
    made = await live.post(f"{calls}.json", {"From": "bob", "To": deaf_phone, "Url": DEMO})
    assert (made.status, made.json["status"]) == (201, "queued")
    item = f"{calls}/{made.json['sid']}.json"
    assert (await live.delete(item)).json["code"] == 20009
    moved = await live.post(item, {"Url": DEMO, "Method": "GET"})
    assert (moved.status, moved.json["status"]) == (200, "queued")
    ended = await live.post(item, f"Status={status}")
    assert (ended.status, ended.json["status"]) == (200, "canceled")
    again = await live.post(item, f"Status={status}")
    assert (again.status, again.json["code"]) == (400, 21220)
    assert (await live.delete(item)).status == 204
    assert (await live.get(item)).status == 404


async def test_a_live_call_is_not_muted_yet(live: Api, deaf_phone: str) -> None:
    made = (await live.post("Calls.json", {"From": "bob", "To": deaf_phone, "Url": DEMO})).json
    item = f"Calls/{made['sid']}.json"
    for form in ("Mute=true", "Mute=false", "Mute=true&Status=canceled"):
        refused = await live.post(item, form)
        assert (refused.status, refused.json["code"]) == (501, 21200)
    now = (await live.get(item)).json
    assert ("muted" in now, now["status"]) == (False, "queued")
    await live.post(item, "Status=canceled")


async def test_nobody_to_ring_leaves_a_notification(live: Api, server: Ringback) -> None:
    refused = await live.post("Calls.json", f"From=bob&To=client:nobody&Url={DEMO}")
    assert refused.json["code"] == 11008
    assert 400 <= refused.status < 500
    await server.house.store.database.write(lambda _writing: None)  # everything queued before is kept now
    found = (await live.get("Notifications.json?ErrorCode=11008")).json["notifications"]
    assert "client:nobody" in found[0]["message_text"]


async def test_bad_addresses(live: Api) -> None:
    for to in ("client:", "sip:@@", "sip:a@b:99999", "+14155551234"):
        reply = await live.post("Calls.json", {"From": "bob", "To": to, "Url": DEMO})
        assert 400 <= reply.status < 500, (to, reply)


async def test_an_announcement_is_spoken(live: Api) -> None:
    made = (await live.post("Announcements", "Text=Hello&Gender=woman&Language=en")).one
    assert [child.tag for child in made][:7] == [
        "Sid",
        "DateCreated",
        "AccountSid",
        "Gender",
        "Language",
        "Text",
        "Uri",
    ]
    assert (await live.get(f"Announcements/{made.findtext('Sid')}")).status == 200
    sound = await live.login("", "").get(made.findtext("FileUri"))
    with wave.open(io.BytesIO(sound.body)) as wav:
        assert wav.getframerate() == 8000
        assert wav.getnframes() > 1000
    assert (await live.post("Announcements.json", "Language=en")).status == 400


async def test_the_demo_numbers_and_clients_are_there(live: Api) -> None:
    """curl -X POST …/IncomingPhoneNumbers.json -d "PhoneNumber=1234": it prints the SID that the demo number has."""
    bound = (await live.post("IncomingPhoneNumbers.json", f"PhoneNumber=1234&VoiceUrl={DEMO}")).json
    assert bound["sid"] == "PNdd7a0a0248244615978bd5781598e5eb"
    assert (bound["phone_number"], bound["friendly_name"], bound["voice_url"]) == ("+1234", "234", DEMO)
    client = (await live.post("Clients.json", "Login=alice&Password=test")).json
    assert (client["login"], client["password"]) == ("alice", "test")
