"""The supervisor: what is measured of calls that happen, in the whole server; phones are sockets that never answer."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from ringback.app import Ringback
from ringback.kernel.settings import Http, Media, Settings, Sip
from ringback.kernel.sid import new_sid
from ringback.store.registrations import RegistrationRecord
from ringback.store.store import ADMINISTRATOR_SID
from tests.api.conftest import Api
from tests.api.test_calls import call_of

DEMO = "http://127.0.0.1:8080/restcomm/demos/hello-play.xml"
KEYS = [
    *("TotalCallsSinceUptime", "IncomingCallsSinceUptime", "OutgoingCallsSinceUptime", "RegisteredUsers", "LiveCalls"),
    *("MaximumConcurrentCalls", "MaximumConcurrentIncomingCalls", "MaximumConcurrentOutgoingCalls"),
    *("AverageCallDurationInSecondsLast24Hours", "AverageCallDurationInSecondsLastHour"),
    *("LiveIncomingCalls", "LiveOutgoingCalls"),
    *("CompletedCalls", "NoAnswerCalls", "BusyCalls", "FailedCalls", "CanceledCalls", "NotFoundCalls"),
    *("TextMessageInboundToApp", "TextMessageInboundToClient", "TextMessageInboundToProxyOut"),
    *("TextMessageNotFound", "TextMessageOutbound", "RequestsNotAuthenticated", "RequestsLockedOut"),
    *("DatabaseOutage", "RecordsInSpool"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ringback]:
    folder = tmp_path_factory.mktemp("supervised")
    settings = Settings(http=Http(port=0), sip=Sip(port=0), media=Media(first_port=0, ports=8), data_dir=folder)
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


async def measured(live: Api) -> dict[str, Any]:
    metrics: dict[str, Any] = (await live.get("Supervisor/metrics.json")).json["Metrics"]
    return metrics


async def test_every_figure_is_there(live: Api) -> None:
    metrics = await measured(live)
    assert sorted(metrics) == sorted(KEYS)
    shown = (await live.get("Supervisor/metrics")).xml
    assert sorted(child.tag for child in shown.find("Metrics")) == sorted(KEYS)
    for name, value in metrics.items():
        assert isinstance(value, float if name.startswith("Average") else int), name


async def test_calls_are_counted_as_they_come_and_go(live: Api, server: Ringback, deaf_phone: str) -> None:
    before = await measured(live)
    made = [
        (await live.post("Calls.json", {"From": "bob", "To": deaf_phone, "Url": DEMO})).json["sid"] for _ in range(3)
    ]

    during = await measured(live)
    assert during["LiveCalls"] == during["LiveOutgoingCalls"] == 3
    assert during["LiveIncomingCalls"] == 0
    for sid in made:
        await live.post(f"Calls/{sid}.json", "Status=canceled")
    after = await measured(live)
    grown = {name: after[name] - before[name] for name in KEYS if after[name] != before[name]}
    assert grown == {
        "TotalCallsSinceUptime": 3,
        "OutgoingCallsSinceUptime": 3,
        "MaximumConcurrentCalls": 3,
        "MaximumConcurrentOutgoingCalls": 3,
        "CanceledCalls": 3,
    }
    assert (await live.get("Supervisor.json")).json == {"TotalCalls": after["TotalCallsSinceUptime"]}


async def test_a_live_call_in_detail(live: Api, deaf_phone: str) -> None:
    made = (await live.post("Calls.json", {"From": "+1555", "To": deaf_phone, "Url": DEMO})).json
    (shown,) = (await live.get("Supervisor/livecalls.json")).json["LiveCallDetails"]
    assert shown == {
        "sid": made["sid"],
        "State": "QUEUED",
        "direction": "outbound-api",
        "date_created": made["date_created"],
        "ForwardedFrom": None,
        "CallerName": None,
        "from": "+1555",
        "to": "alice",
        "Initial Invite": None,
        "Last Response": None,
    }
    in_full = (await live.get("Supervisor/metrics.json?LiveCallDetails=true")).json["LiveCallDetails"]
    assert in_full == [shown]
    as_xml = (await live.get("Supervisor/livecalls")).one
    assert [child.tag for child in as_xml][:3] == ["Sid", "State", "Direction"]
    await live.post(f"Calls/{made['sid']}.json", "Status=completed")
    assert (await live.get("Supervisor/livecalls.json")).json == {"LiveCallDetails": []}


async def test_durations_are_averaged_over_an_hour_and_a_day(live: Api, server: Ringback) -> None:
    now = server.house.clock.utc()
    for minutes, seconds, status in (
        (5, 10, "completed"),
        (10, 20, "completed"),
        (120, 90, "completed"),
        (5, 0, "busy"),
        (60 * 25, 999, "completed"),
    ):
        moment = now - timedelta(minutes=minutes)
        call = call_of(live.name, duration=seconds, status=status, date_created=moment, start_time=moment)
        await server.house.store.calls.insert(call)
    metrics = await measured(live)
    assert metrics["AverageCallDurationInSecondsLastHour"] == 15.0
    assert metrics["AverageCallDurationInSecondsLast24Hours"] == 40.0


async def test_a_client_with_two_phones_is_one_user(live: Api, server: Ringback) -> None:
    now = server.house.clock.utc()
    for login, contact, minutes in (("ann", "1", 5), ("ann", "2", 5), ("ben", "1", -5), ("cas", "1", 1)):
        await server.house.store.registrations.insert(registration(login, contact, now, minutes))
    assert (await measured(live))["RegisteredUsers"] == 2


async def test_a_call_for_nobody_and_a_message_are_counted(live: Api, server: Ringback) -> None:
    before = await measured(live)
    await live.post("SMS/Messages.json", "From=a&To=b&Body=x")
    reader, port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), server.house.sip.port
    with reader:
        reader.bind(("127.0.0.1", 0))
        reader.setblocking(False)
        own = f"127.0.0.1:{reader.getsockname()[1]}"
        reader.sendto(
            (
                f"INVITE sip:nobody@127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK1\r\n"
                f"From: <sip:stranger@{own}>;tag=1\r\nTo: <sip:nobody@127.0.0.1:{port}>\r\nCall-ID: {own}\r\n"
                f"CSeq: 1 INVITE\r\nContact: <sip:stranger@{own}>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
            ).encode(),
            ("127.0.0.1", port),
        )
        loop = asyncio.get_running_loop()
        while b" 404 " not in await asyncio.wait_for(loop.sock_recv(reader, 65_536), 5):
            pass
    await server.house.store.database.write(lambda _writing: None)  # everything queued before is kept now
    after = await measured(live)
    assert after["NotFoundCalls"] - before["NotFoundCalls"] == 1
    assert after["TextMessageOutbound"] - before["TextMessageOutbound"] == 1


async def test_closing_an_account_ends_its_calls_and_forgets_its_phones(
    live: Api, server: Ringback, deaf_phone: str
) -> None:
    form = "EmailAddress=closing@example.com&Password=x"
    sid = (await live.post("/restcomm/2012-04-24/Accounts.json", form)).json["sid"]
    account = live.login(sid, "x")
    client = (await account.post("Clients.json", "Login=closing&Password=x")).json
    phone = registration("closing", "1", server.house.clock.utc(), 5, client["sid"], sid)
    await server.house.store.registrations.insert(phone)
    mine = (await account.post("Calls.json", {"From": "a", "To": deaf_phone, "Url": DEMO})).json["sid"]
    other = (await live.post("Calls.json", {"From": "a", "To": deaf_phone, "Url": DEMO})).json["sid"]

    closed = await live.post(f"{account.account}.json", "Status=closed")

    assert closed.json["status"] == "closed"
    assert [call["sid"] for call in (await live.get("Supervisor/livecalls.json")).json["LiveCallDetails"]] == [other]
    ended = (await live.get(f"{account.account}/Calls/{mine}.json")).json
    assert (ended["status"], bool(ended["end_time"])) == ("canceled", True)
    assert await server.house.store.registrations.find(login="closing") == []
    assert (await account.get("Calls")).status == 403
    await live.post(f"Calls/{other}.json", "Status=canceled")


def registration(
    login: str, contact: str, now: Any, minutes: int, client: str = "", account: str = ADMINISTRATOR_SID
) -> RegistrationRecord:
    return RegistrationRecord(
        sid=new_sid("RG"),
        date_created=now,
        date_updated=now,
        account_sid=account,
        client_sid=client or new_sid("CL"),
        login=login,
        contact=f"sip:{login}@127.0.0.1:{contact}",
        expires_at=now + timedelta(minutes=minutes),
        call_id="x",
        cseq=1,
        source="udp:127.0.0.1:9",
    )
