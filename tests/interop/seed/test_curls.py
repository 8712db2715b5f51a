"""Each curl command of the specification, run by curl against a whole server; what it prints is as the sample says."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from ringback.store.calls import CallRecord
from ringback.store.clients import ClientRecord
from ringback.store.gateways import GatewayRecord
from ringback.store.numbers import NumberRecord
from ringback.testing import Phone, PhoneCall
from tests.interop.seed.comparing import differences
from tests.interop.seed.curls import ACCOUNT, Curl, curls, json_of, xml_of
from tests.interop.served import Served, serving

CURLS = curls()
NEW_TOKEN = "70c04e53f3216a44d9b4f3e517f9b45c"
PHONE = "127.0.0.1:5060", "127.0.0.1:5061"


class World:
    """What a command finds: a server, and alice's telephone."""

    def __init__(self, served: Served, phone: Phone) -> None:
        self.served = served
        self.phone = phone
        self.others = dict.fromkeys(PHONE, f"{phone.sip.host}:{phone.sip.port}")

    def has(self, rows: Any, record: Any) -> None:
        """``record`` is there, as new."""
        self.served.run(rows.delete(record.sid))
        self.served.run(rows.insert(record))

    def no_calls(self) -> None:
        store = self.served.store
        for call in self.served.run(store.calls.find()):
            self.served.run(store.calls.delete(call.sid))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with serving(tmp_path_factory.mktemp("curls")) as served:
        phone = served.run(Phone.start(served.house.media, user="alice"))

        def answer(call: PhoneCall) -> None:
            phone.tasks.start(call.answers(), "answers")

        phone.on_call = answer
        yield World(served, phone)
        served.run(phone.close())


# What must be there before a command


def a_gateway(sid: str) -> Callable[[World], None]:
    def before(world: World) -> None:
        now = world.served.house.clock.utc()
        record = GatewayRecord(
            sid=sid,
            date_created=now,
            date_updated=now,
            friendly_name="mygateway",
            user_name="username",
            password="password",
            proxy="127.0.0.1:9",
            register=False,
            time_to_live=3600,
        )
        world.has(world.served.store.gateways, record)

    return before


def a_client(world: World) -> None:
    now = world.served.house.clock.utc()
    record = ClientRecord(
        sid="CL4e10e3b56a614414bcc1eeca5d96effe",
        date_created=now,
        date_updated=now,
        account_sid=ACCOUNT,
        friendly_name="carol",
        login="carol",
        password="test",
    )
    world.has(world.served.store.clients, record)


def a_number(world: World) -> None:
    now = world.served.house.clock.utc()
    sid = "PNdd7a0a0248244615978bd5781598e5eb"
    record = NumberRecord(
        sid=sid, date_created=now, date_updated=now, account_sid=ACCOUNT, friendly_name="234", phone_number="+1234"
    )
    world.has(world.served.store.numbers, record)


def a_registered_phone(world: World) -> None:
    client = world.served.run(world.served.store.clients.first(login="alice"))
    assert client is not None
    sip = world.served.house.sip
    world.served.run(world.phone.register("alice", client.password, f"{sip.host}:{sip.port}"))


def a_live_call(world: World) -> None:
    """Of the specification's words: "Notice that the Call ID is referenced"."""
    url = f"{world.served.url}/restcomm/demos/hello-play.xml"
    form = {"From": "+16175551212", "To": world.phone.uri, "Url": url}
    placed = world.served.ask("POST", f"/restcomm/2012-04-24/Accounts/{ACCOUNT}/Calls.json", form).json
    world.others["CAfa51b104354440b09213d04752f50271"] = placed["sid"]


def seven_calls(world: World) -> None:
    """The samples' own calls, and others that are older."""
    world.no_calls()
    _call(world, "CA4049cf008d6b4277b92ab863fd4ec7c8", "1235", "bob", 0, 0)
    _call(world, "CAc0fb839632cf444f9066876d5de741e0", "1234", "alice", 1, 1)
    for number in range(5):
        _call(world, f"CA{number:032x}", "1236", "bob", 2 + number, 3)


def _call(world: World, sid: str, to: str, from_: str, minutes_ago: int, seconds: int) -> None:
    at: datetime = world.served.house.clock.utc() - timedelta(minutes=minutes_ago)
    record = CallRecord(
        sid=sid,
        date_created=at,
        date_updated=at,
        account_sid=ACCOUNT,
        to=to,
        from_=from_,
        status="completed",
        start_time=at,
        end_time=at + timedelta(seconds=seconds),
        duration=seconds,
        price="0.00",
        direction="inbound",
    )
    world.served.run(world.served.store.calls.insert(record))


def the_token_is_changed_back(world: World) -> None:
    path = f"/restcomm/2012-04-24/Accounts/{ACCOUNT}.json"
    changed = world.served.ask("PUT", path, {"Password": "RestComm"}, who=(ACCOUNT, "NewPassword"))
    assert changed.json["auth_token"] == "77f8c12cc7b8f8423e5c38b035249166"


# Every command


@dataclass(frozen=True, slots=True)
class Case:
    """``words`` are in the command; ``shows``: the elements from the root's child down, then the names in it."""

    words: str
    status: int = 200
    shows: str = ""
    names: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)
    before: Callable[[World], None] = lambda _world: None
    after: Callable[[World], None] = lambda _world: None
    decided: dict[str, str] = field(default_factory=dict)


GATEWAY = ("Sid", "DateCreated", "DateUpdated", "FriendlyName", "Password", "Proxy", "Register", "UserName")
CLIENT = ("Sid", "DateCreated", "DateUpdated", "AccountSid", "ApiVersion", "FriendlyName", "Login", "Password")
MESSAGE = ("Sid", "DateCreated", "DateUpdated", "DateSent", "AccountSid", "From", "To", "Body", "Status", "Direction")
AVAILABLE = ("FriendlyName", "PhoneNumber", "Lata", "RateCenter", "Latitude", "Longitude", "Region", "PostalCode")
ALL_CALLS = f"/restcomm/2012-04-24/Accounts/{ACCOUNT}/Calls"
CASES = [
    Case("-X GET /ACae6", shows="Account", names=("Sid", "FriendlyName", "Status", "Type"), values={"Sid": ACCOUNT}),
    Case(
        'Accounts/ACae6 "Password=NewPassword"',
        shows="Account",
        values={"AuthToken": NEW_TOKEN},
        after=the_token_is_changed_back,
    ),
    Case("-X GET administrator%40company.com"),
    Case('Accounts/ "FriendlyName=MySubAccount"'),
    Case("US/Local AreaCode=305", shows="AvailablePhoneNumbers/AvailablePhoneNumber", names=AVAILABLE),
    Case(
        "POST Management/Gateways FriendlyName=mygateway",
        shows="Gateway",
        names=GATEWAY,
        values={"FriendlyName": "mygateway", "Proxy": "my.gateway.com", "Register": "true", "TimeToLive": "3600"},
    ),
    Case(
        "-G Management/Gateways",
        shows="Gateways/Gateway",
        names=GATEWAY,
        before=a_gateway("GW106bc6f34bd24790a435eaeccc1aed72"),
    ),
    Case(
        "POST Gateways/GW106b MyGatewayNewName",
        shows="Gateway",
        names=GATEWAY,
        values={"FriendlyName": "MyGatewayNewName", "UserName": "newUserName", "Proxy": "127.0.0.1:9"},
        before=a_gateway("GW106bc6f34bd24790a435eaeccc1aed72"),
    ),
    Case("DELETE Gateways/GW1cff", before=a_gateway("GW1cffb069192a45f2b5f5af2e76489550")),
    Case("POST Clients.json Login=alice"),
    Case("DELETE Clients/CL4e10", before=a_client),
    Case("PUT Clients/CL4e10", shows="Client", names=CLIENT, values={"Password": "NewPassword"}, before=a_client),
    Case("GET Clients/", shows="Clients/Client", names=CLIENT),
    Case("POST IncomingPhoneNumbers.json PhoneNumber=1234"),
    Case("DELETE IncomingPhoneNumbers/PNdd7a", status=204, before=a_number),
    Case("GET IncomingPhoneNumbers.json", shows="incomingPhoneNumbers", before=a_number),
    Case("POST Calls.json sip:alice@127.0.0.1:5060", shows="", values={"to": "alice", "status": "queued"}),
    Case(
        "POST Calls.json client:alice", values={"to": "alice", "direction": "outbound-api"}, before=a_registered_phone
    ),
    Case("GET administrator%40company.com Calls", before=World.no_calls),
    Case("POST Calls.json sip:alice@127.0.0.1:5061"),
    Case("POST Calls/CAfa51 hello-world.xml", before=a_live_call),
    Case("POST Calls/CAfa51 hello-play.xml", before=a_live_call),
    Case("POST Calls/CAfa51 Status=completed", before=a_live_call),
    Case(
        "GET Calls?From=alice",
        before=seven_calls,
        decided={
            "numpages": "1",
            "total": "1",
            "end": "0",
            "firstpageuri": f"{ALL_CALLS}?Page=0&PageSize=50&From=alice",
            "lastpageuri": f"{ALL_CALLS}?Page=0&PageSize=50&From=alice",
        },
    ),
    Case(
        "GET Calls?PageSize=1",
        before=seven_calls,
        decided={"lastpageuri": f"{ALL_CALLS}?Page=6&PageSize=1"},
    ),
    Case(
        "POST SMS/Messages This is a test",
        shows="SMSMessage",
        names=MESSAGE,
        values={"To": "+13216549878", "From": "+19876543212", "Body": "This is a test from RestComm"},
    ),
    Case("POST SMS/Messages X-MyCustomHeader-1=Value1", shows="SMSMessage", names=MESSAGE),
    Case("GET SMS/Messages", shows="SMSMessages"),
    Case("GET Recordings", shows="Recordings"),
    Case("POST From=Restcomm To=123", shows="Call", names=("Sid", "DateCreated", "DateUpdated", "ParentCallSid")),
]


def test_no_command_is_left_out() -> None:
    assert len(CURLS) == len(CASES) == 30
    for case, curl in zip(CASES, CURLS, strict=True):
        for word in case.words.split():
            assert word in curl.command, (case.words, curl.command)


@pytest.mark.parametrize(("case", "curl"), list(zip(CASES, CURLS, strict=True)), ids=[case.words for case in CASES])
def test_command(case: Case, curl: Curl, world: World) -> None:
    case.before(world)

    status, kind, body = run(curl, world)

    assert (status, body if status != case.status else b"") == (case.status, b"")
    if curl.sample:
        given = json.loads(body) if kind == "application/json" else parsed(body)
        printed = curl.printed(world_host(world))
        sample = json_of(printed) if printed.startswith("{") else xml_of(printed)
        assert differences(sample, given, case.decided) == []
    elif "DELETE" in curl.command:
        assert (kind, body) == ("", b"")
    elif kind == "application/json":
        given = json.loads(body)
        assert case.shows in given or not case.shows
        assert {name: given[name] for name in case.values} == case.values
    else:
        assert kind == "application/xml"
        element = parsed(body).find(case.shows)
        assert element is not None, body
        assert [child.tag for child in element][: len(case.names)] == list(case.names)
        assert {name: element.findtext(name) for name in case.values} == case.values
    case.after(world)


def run(curl: Curl, world: World) -> tuple[int, str, bytes]:
    """Status, content type and body of what curl was answered."""
    command = curl.arguments(world_host(world), world.others)
    told = [*command, "--silent", "--show-error", "--noproxy", "*", "--write-out", "\n%{http_code} %{content_type}"]
    ran = subprocess.run(told, capture_output=True, timeout=20, check=False)
    assert ran.returncode == 0, (command, ran.stderr)
    body, _, facts = ran.stdout.rpartition(b"\n")
    status, _, kind = facts.decode().partition(" ")
    return int(status), kind, body


def world_host(world: World) -> str:
    return f"{world.served.host}:{world.served.port}"


def parsed(body: bytes) -> Any:
    return etree.fromstring(body, etree.XMLParser(remove_blank_text=True, resolve_entities=False))
