"""Each packet of a call is lost, doubled or overtaken, both ways: the call is made, its record and journal are right,
and nothing of it is left. SIPp is the phone; the whole server is the other end."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal, get_args

import pytest
import pytest_asyncio

from ringback.app import Ringback
from ringback.sip.timers import Times
from ringback.testing import CustomerServer
from tests.conftest import settings_for_tests
from tests.interop.programs import running
from tests.interop.sip.path import Fate, Trouble
from tests.interop.sip.path import Path as Way
from tests.stories.ports import free_port, until_bound
from tests.stories.rest import Rest

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("sipp") is None, reason="sipp (Debian: sip-tester) is not installed"),
]
SCENARIOS = Path(__file__).parent / "network"
#: a server whose timers are five times as fast, so that what lingers is over soon
QUICK = Times(t1=0.1, t2=0.4, t4=0.5, linger=1.0)
#: seconds: for a case, and until the last transaction is over
PATIENCE, LINGERS = 30.0, 30.0
AT_ONCE = 14
Toward = Literal["server", "phone"]

#: what SIPp does → the packets of that call, and where each goes
CALLING: dict[str, list[tuple[str, Toward]]] = {
    "calls": [
        ("INVITE", "server"),
        ("100 INVITE", "phone"),
        ("180 INVITE", "phone"),
        ("200 INVITE", "phone"),
        ("ACK", "server"),
        ("BYE", "server"),
        ("200 BYE", "phone"),
    ],
    "is_hung_up": [("200 INVITE", "phone"), ("ACK", "server"), ("BYE", "phone"), ("200 BYE", "server")],
    "cancels": [("CANCEL", "server"), ("200 CANCEL", "phone"), ("487 INVITE", "phone"), ("ACK", "server")],
}
CALLED: dict[str, list[tuple[str, Toward]]] = {
    "answers": [
        ("INVITE", "phone"),
        ("180 INVITE", "server"),
        ("200 INVITE", "server"),
        ("ACK", "phone"),
        ("BYE", "phone"),
        ("200 BYE", "server"),
    ],
    "hangs_up": [("ACK", "phone"), ("BYE", "server"), ("200 BYE", "phone")],
    "is_cancelled": [("CANCEL", "phone"), ("200 CANCEL", "server"), ("487 INVITE", "server"), ("ACK", "phone")],
}
#: what must stand in the journal, whatever became of it on the way
TOLD = {
    "calls": ["in INVITE", "out 200", "in BYE", "out 200"],
    "is_hung_up": ["in INVITE", "out 200", "in ACK", "out BYE", "in 200"],
    "cancels": ["in INVITE", "out 180", "in CANCEL", "out 487"],
    "answers": ["out INVITE", "in 200", "out ACK", "out BYE", "in 200"],
    "hangs_up": ["out INVITE", "in 200", "out ACK", "in BYE", "out 200"],
    "is_cancelled": ["out INVITE", "out CANCEL", "in 487", "out ACK"],
}


@dataclass(frozen=True)
class Case:
    """One call with one packet in trouble."""

    scenario: str
    kind: str
    toward: Toward
    fate: Fate

    def __str__(self) -> str:
        return f"{self.scenario}: {self.kind} to the {self.toward} is {self.fate}"


def cases(scenarios: dict[str, list[tuple[str, Toward]]], fate: Fate) -> list[Case]:
    return [Case(name, kind, toward, fate) for name, packets in scenarios.items() for kind, toward in packets]


class World:
    """The server, a customer, and a program at the API."""

    def __init__(self, server: Ringback, customer: CustomerServer, api: Rest, folder: Path) -> None:
        self.server = server
        self.customer = customer
        self.api = api
        self.folder = folder
        self.turns = asyncio.Semaphore(AT_ONCE)
        self._names = count(1)
        self._ports: set[int] = set()

    def port(self) -> int:
        """One that no other case has."""
        while (port := free_port()) in self._ports:
            pass
        self._ports.add(port)
        return port

    async def all_well(self, cases: list[Case]) -> None:
        """Plays all of them, some at a time; tells each that went wrong."""
        outcomes = await asyncio.gather(*(self.play(case) for case in cases), return_exceptions=True)
        wrong = [f"{case}: {outcome}" for case, outcome in zip(cases, outcomes, strict=True) if outcome is not None]
        assert not wrong, "\n".join(wrong)

    async def play(self, case: Case) -> None:
        async with self.turns:
            name = f"case{next(self._names)}"
            folder = self.folder / name
            folder.mkdir()
            trouble = Trouble(case.kind, case.fate)
            port = self.port()
            way = await Way.open(
                ("127.0.0.1", port),
                ("127.0.0.1", self.server.house.sip.port),
                out=trouble if case.toward == "server" else None,
                back=trouble if case.toward == "phone" else None,
            )
            try:
                play = self._sipp_calls if case.scenario in CALLING else self._sipp_is_called
                sid = await play(case, name, port, way, folder)
            finally:
                way.close()
            assert trouble.happened, "the packet never came by"
            await self._is_told(case, sid)

    async def _sipp_calls(self, case: Case, name: str, port: int, way: Way, folder: Path) -> str:
        number = f"+1556{int(name[4:]):07d}"
        await self.api.post("IncomingPhoneNumbers.json", PhoneNumber=number, VoiceUrl=self._document(case, name))
        async with running(
            *self._sipp(case, port, way), "-key", "number", number, "-key", "login", name, folder=folder
        ) as sipp:
            await sipp.ends_well(PATIENCE)
        records = (await self.api.get(f"Calls.json?From={name}"))["calls"]
        assert len(records) == 1, f"{len(records)} records"
        return str(records[0]["sid"])

    async def _sipp_is_called(self, case: Case, name: str, port: int, way: Way, folder: Path) -> str:
        async with running(*self._sipp(case, port, way), folder=folder) as sipp:
            await until_bound(port, "udp")
            to = f"sip:sipp@127.0.0.1:{way.port_for_server}"
            sid = await self.api.calls(to, self._document(case, name))
            if case.scenario == "is_cancelled":
                await self.api.call_is(sid, "ringing", within=PATIENCE)
                await self.api.post(f"Calls/{sid}.json", Status="canceled")
            await sipp.ends_well(PATIENCE)
        return sid

    def _document(self, case: Case, name: str) -> str:
        """The phone that gives up is not answered; the one that hangs up is not hung up."""
        if case.scenario == "cancels":
            return self.customer.hangs(f"/{name}")
        seconds = 60 if case.scenario in ("calls", "hangs_up") else 1
        return self.customer.answers(f"/{name}", f'<Response><Gather timeout="{seconds}"/></Response>')

    def _sipp(self, case: Case, port: int, way: Way) -> list[str]:
        return [
            *("sipp", f"127.0.0.1:{way.port_for_phone}", "-sf", str(SCENARIOS / f"{case.scenario}.xml")),
            *("-i", "127.0.0.1", "-p", str(port), "-m", "1", "-nostdin", "-default_behaviors", "none"),
            *("-key", "contact_port", str(way.port_for_server), "-timeout", f"{PATIENCE:g}s", "-timeout_error"),
            *("-trace_err", "-error_file", "errors.txt"),
        ]

    async def _is_told(self, case: Case, sid: str) -> None:
        wanted = "canceled" if case.scenario in ("cancels", "is_cancelled") else "completed"
        await self.api.call_is(sid, wanted, within=PATIENCE)
        journals = self.server.house.journals
        await journals.flush()
        told = [
            f"{entry['way']} {entry['message'].split()[1 if entry['message'].startswith('SIP/') else 0]}"
            for entry in journals.entries(sid)
            if entry["kind"] == "sip"
        ]
        rest: Iterator[str] = iter(told)
        assert all(one in rest for one in TOLD[case.scenario]), f"the journal tells {told}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """At the end nothing of any call is left: no call, no dialog, no transaction."""

    def left() -> bool:
        return any((stack.server_transactions, stack.client_transactions, stack.dialogs, len(server.house.live)))

    folder = tmp_path_factory.mktemp("network")
    server = await Ringback.start(settings_for_tests(folder / "data", **{"fetch.timeout": 60.0}))
    customer = await CustomerServer.start()
    api = Rest(server.house.own_url)
    stack = server.house.sip.stack
    stack.times = QUICK
    yield World(server, customer, api, folder)
    try:
        async with asyncio.timeout(LINGERS):
            while left():  # noqa: ASYNC110 (any of many may be the last)
                await asyncio.sleep(0.05)
    finally:
        await api.close()
        await customer.close()
        await server.stop()
        assert not stack._initial
        assert not stack._towards
        assert len(stack.half_open) == 0
        assert (stack.counters.defects, stack.counters.malformed) == (0, 0)


@pytest.mark.parametrize("fate", get_args(Fate))
async def test_sipp_calls(world: World, fate: Fate) -> None:
    await world.all_well(cases(CALLING, fate))


@pytest.mark.parametrize("fate", get_args(Fate))
async def test_sipp_is_called(world: World, fate: Fate) -> None:
    await world.all_well(cases(CALLED, fate))
