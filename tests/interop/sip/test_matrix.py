"""Each scenario file beside this one is played by SIPp, over UDP and over TCP."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from ringback.sip.digest import Credentials
from ringback.sip.session import CallEnded, CallRefused, ServerCall
from ringback.sip.timers import Times
from ringback.sip.uri import Uri
from tests.sip.people import ANSWER, OFFER, Person
from tests.sip.sipp import sipp
from tests.stories.ports import free_port, until_bound

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("sipp") is None, reason="sipp (Debian: sip-tester) is not installed"),
]
HERE = Path(__file__).parent
CALLS = 3


async def answers(call: ServerCall) -> None:
    call.on_info = lambda request: None
    call.on_offer = lambda offer: ANSWER
    call.on_offer_wanted = lambda: ANSWER
    call.ring()
    await asyncio.sleep(0.02)
    await call.answer(ANSWER)


async def only_rings(call: ServerCall) -> None:
    call.ring()


async def loses_the_ack(call: ServerCall) -> None:
    call.ring()
    with pytest.raises(CallEnded):
        await call.answer(ANSWER)
    assert (await call.ended).cause == "ack-lost"


async def answers_and_offers(call: ServerCall) -> None:
    await answers(call)
    with suppress(CallRefused):
        await call.reinvite(OFFER)


#: scenario → how the person takes its calls
CALLED: dict[str, Callable[[ServerCall], Awaitable[None]]] = {
    "call": answers,
    "late_cancel": only_rings,
    "cancel_after_answer": answers,
    "ack_never": loses_the_ack,
    "doubled": answers,
    "offerless": answers,
    "reinvite": answers,
    "glare": answers_and_offers,
    "unknown_dialog": answers,
    "merged": only_rings,
    "options": answers,
    "unknown_method": answers,
    "required": answers,
    "body": answers,
    "update_info": answers,
}


@pytest.fixture
async def people() -> AsyncIterator[list[Person]]:
    people: list[Person] = []
    yield people
    for person in people:
        await person.leaves()
        assert (person.endpoint.counters.defects, person.endpoint.counters.malformed) == (0, 0)


#: nothing is repeated over a stream, and SIPp does not expect it there
ONLY_DATAGRAMS = {"ack_never", "doubled"}
PLAYED = [(scenario, transport) for scenario in CALLED for transport in ("u1", "t1")]


@pytest.mark.parametrize(
    ("scenario", "transport"), [pair for pair in PLAYED if pair[1] == "u1" or pair[0] not in ONLY_DATAGRAMS]
)
async def test_sipp_calls(people: list[Person], tmp_path: Path, scenario: str, transport: str) -> None:
    times = Times(t1=0.05) if scenario == "ack_never" else Times()
    person = await Person.at(takes=CALLED[scenario], times=times)
    people.append(person)
    options = ("-sf", str(HERE / f"{scenario}.xml"), "-t", transport)
    outcome = await sipp(person, *options, folder=tmp_path, calls=CALLS, seconds=8)
    assert (outcome.successful, outcome.failed) == (CALLS, 0), outcome.text


async def hangs_up(person: Person, target: Uri) -> None:
    call = person.endpoint.invite(target, sdp=OFFER, from_=person.me)
    await call.answered()
    call.end()


async def is_refused(person: Person, target: Uri) -> None:
    with pytest.raises(CallRefused):
        await person.endpoint.invite(target, sdp=OFFER, from_=person.me).answered()


async def proves(person: Person, target: Uri) -> None:
    call = person.endpoint.invite(target, sdp=OFFER, from_=person.me, credentials=Credentials("alice", "1234"))
    await call.answered()
    call.end()


async def waits(person: Person, target: Uri) -> None:
    call = person.endpoint.invite(target, sdp=OFFER, from_=person.me)
    await call.answered()
    assert (await call.ended).cause == "bye"


#: scenario → what the person does that calls SIPp
CALLING: dict[str, Callable[[Person, Uri], Awaitable[None]]] = {
    "answers": hangs_up,
    "busy": is_refused,
    "moved": is_refused,
    "challenges": proves,
    "hangs_up": waits,
}


@pytest.mark.parametrize("transport", ["u1", "t1"])
@pytest.mark.parametrize("scenario", CALLING)
async def test_sipp_is_called(people: list[Person], tmp_path: Path, scenario: str, transport: str) -> None:
    person = await Person.at()
    people.append(person)
    port = free_port()
    options = ("-sf", str(HERE / f"{scenario}.xml"), "-t", transport, "-p", str(port))
    playing = asyncio.create_task(sipp(person, *options, folder=tmp_path, calls=CALLS, seconds=8))
    await until_bound(port, "tcp" if transport == "t1" else "udp")
    end = ";transport=tcp" if transport == "t1" else ""
    target = Uri.parse(f"sip:sipp@127.0.0.1:{port}{end}")
    await asyncio.gather(*(CALLING[scenario](person, target) for _ in range(CALLS)))
    outcome = await playing
    assert (outcome.successful, outcome.failed) == (CALLS, 0), outcome.text
