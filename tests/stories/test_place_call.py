"""A program asks for a call (`POST …/Calls`): whom it rings, what is fetched and heard, and what its record says."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from ringback.app import Ringback
from ringback.testing import CustomerServer, Phone
from tests.conftest import MakeClient, MakePhone
from tests.stories.rest import ADMINISTRATOR, Rest
from tests.stories.sounds import spoken

PROMPT = spoken(1.2, seed=1)
HANG_UP = "<Response><Hangup/></Response>"
PLAY = "<Response><Play>/prompt.wav</Play></Response>"


@pytest.fixture
def app(customer: CustomerServer) -> str:
    """An application that plays a prompt and ends."""
    customer.sound("/prompt.wav", PROMPT)
    return customer.answers("/app", PLAY)


def seconds_between(record: dict[str, Any]) -> float:
    ended, started = (datetime.fromisoformat(record[name]) for name in ("end_time", "start_time"))
    return (ended - started).total_seconds()


async def test_a_call_to_a_client_from_queued_to_completed(
    phone: Phone, new_client: MakeClient, api: Rest, customer: CustomerServer, app: str
) -> None:
    """The main job, 2: the phone rings, hears the prompt, and the record goes from queued to completed."""
    login = await new_client()
    await phone.register(login, "1234")
    placed = await api.post(
        "Calls.json", From="+16175551212", To=f"client:{login}", Url=app, StatusCallback=customer.url("/over")
    )
    assert (placed["status"], placed["to"], placed["from"]) == ("queued", login, "+16175551212")
    assert (placed["direction"], placed["api_version"], placed["account_sid"]) == (
        "outbound-api",
        "2012-04-24",
        ADMINISTRATOR,
    )
    sid = placed["sid"]

    call = await phone.rings()
    assert call.sip.remote.uri.user == "+16175551212"
    assert call.header("X-RestComm-CallSid") == sid
    await api.call_is(sid, "ringing")
    assert not customer.requests, "the document is fetched on answer"

    await call.answers()
    asked = await customer.is_asked("/app")
    assert asked.method == "POST"
    expected = {
        "CallSid": sid,
        "AccountSid": ADMINISTRATOR,
        "From": "+16175551212",
        "To": login,
        "CallStatus": "in-progress",
        "ApiVersion": "2012-04-24",
        "Direction": "outbound-api",
    }
    assert {name: asked.form[name] for name in expected} == expected
    assert asked.order[: len(expected)] == tuple(expected)
    running = await api.call_is(sid, "in-progress")
    assert running.get("end_time") is None

    await call.hears_whole("/prompt.wav")
    ending = await call.is_hung_up()
    assert ending.cause == "bye"

    record = await api.call_is(sid, "completed")
    assert seconds_between(record) == pytest.approx(1.3, abs=0.7)
    assert record["duration"] == int(seconds_between(record))
    told = await customer.is_asked("/over")
    assert (told.form["CallSid"], told.form["CallStatus"]) == (sid, "completed")
    assert len(customer.all_asked("/over")) == 1


async def test_a_call_to_a_sip_address(phone: Phone, api: Rest, app: str) -> None:
    """The specification: "a call to any SIP account that is reachable", `To=sip:alice@127.0.0.1:5061`."""
    sid = await api.calls(phone.uri, app)
    call = await (await phone.rings()).answers()
    await call.hears_whole("/prompt.wav")
    record = await api.call_is(sid, "completed")
    assert (record["to"], record["from"]) == ("phone", "+16175551212")


async def test_the_documented_curl_line_itself(phone: Phone, ringback: Ringback, api: Rest) -> None:
    """`curl -X POST http://AC…:77…@127.0.0.1:8080/… -d To=client:alice -d Url=…/demos/hello-play.xml`."""
    await phone.register("alice", "1234")
    url = api.url.replace("://", f"://{ADMINISTRATOR}:77f8c12cc7b8f8423e5c38b035249166@") + api.account + "Calls.json"
    fields = {
        "From": "+16175551212",
        "To": "client:alice",
        "Url": f"{ringback.house.own_url}/restcomm/demos/hello-play.xml",
    }
    options = [word for name, value in fields.items() for word in ("-d", f"{name}={value}")]
    curl = await asyncio.create_subprocess_exec(
        "curl", "-s", "-X", "POST", url, *options, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await curl.communicate()
    assert b'"status": "queued"' in output.replace(b'":"', b'": "')
    call = await (await phone.rings()).answers()
    prompt = await api.ask_octets("/restcomm/audio/demo-prompt.wav")
    await call.hears_whole(prompt)
    await call.is_hung_up()
    await phone.unregister()


async def test_every_contact_rings_and_the_first_answer_wins(
    new_phone: MakePhone, new_client: MakeClient, api: Rest, app: str
) -> None:
    login = await new_client()
    phones = [await new_phone() for _ in range(3)]
    for phone in phones:
        await phone.register(login, "1234")
    sid = await api.calls(f"client:{login}", app)
    ringing = [await phone.rings() for phone in phones]
    await ringing[1].answers()
    for loser in (ringing[0], ringing[2]):
        assert (await loser.is_hung_up()).cause == "cancelled"
    await ringing[1].hears_whole("/prompt.wav")
    assert (await api.call_is(sid, "completed"))["to"] == login


async def test_two_phones_that_lift_at_once(new_phone: MakePhone, new_client: MakeClient, api: Rest, app: str) -> None:
    """Only one keeps the call; the other is acknowledged and hung up, or cancelled."""
    login = await new_client()
    phones = [await new_phone() for _ in range(2)]
    for phone in phones:
        await phone.register(login, "1234")
    sid = await api.calls(f"client:{login}", app)
    calls = [await phone.rings() for phone in phones]
    await asyncio.gather(*(call.answers() for call in calls), return_exceptions=True)
    await api.call_is(sid, "completed")
    for call in calls:
        await call.is_hung_up()
    assert [await call.heard_sound_for(ms=500) for call in calls if call.ear is not None].count(True) == 1


async def test_a_busy_contact_does_not_stop_the_others(
    new_phone: MakePhone, new_client: MakeClient, api: Rest, app: str
) -> None:
    login = await new_client()
    ann, ben = await new_phone(), await new_phone()
    await ann.register(login, "1234")
    await ben.register(login, "1234")
    sid = await api.calls(f"client:{login}", app)
    (await ann.rings()).refuses(486)
    await (await ben.rings()).answers()
    await api.call_is(sid, "completed")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (486, "busy"),
        (600, "busy"),
        (603, "busy"),
        (408, "no-answer"),
        (480, "no-answer"),
        (404, "failed"),
        (488, "failed"),
        (500, "failed"),
        (302, "failed"),
    ],
)
async def test_a_phone_that_refuses(
    phone: Phone, api: Rest, customer: CustomerServer, app: str, answer: int, status: str
) -> None:
    """The final statuses; each sets EndTime and Duration and is told to the StatusCallback; nothing is fetched."""
    sid = await api.calls(phone.uri, app, StatusCallback=customer.url("/over"), StatusCallbackMethod="GET")
    (await phone.rings()).refuses(answer)
    record = await api.call_is(sid, status)
    assert record["duration"] == 0
    assert record["end_time"]
    told = await customer.is_asked("/over")
    assert (told.method, told.query["CallSid"], told.query["CallStatus"]) == ("GET", sid, status)
    assert not customer.all_asked("/app")


async def test_nobody_answers_in_time(phone: Phone, api: Rest, customer: CustomerServer, app: str) -> None:
    """Table 4.14, Timeout: "the number of seconds that RestComm should allow the phone to ring"; also through 18x."""
    sid = await api.calls(phone.uri, app, Timeout="1", StatusCallback=customer.url("/over"))
    call = await phone.rings()
    await asyncio.sleep(0.5)
    call.rings_only(183)
    assert (await call.is_hung_up(within=3)).cause == "cancelled"
    record = await api.call_is(sid, "no-answer")
    assert record["duration"] == 0
    assert (await customer.is_asked("/over")).form["CallStatus"] == "no-answer"


async def test_a_program_cancels_a_call_that_rings(phone: Phone, api: Rest, customer: CustomerServer, app: str) -> None:
    """Table 4.15: "Specifying canceled will attempt to hangup calls that are queued or ringing"."""
    sid = await api.calls(phone.uri, app, StatusCallback=customer.url("/over"))
    call = await phone.rings()
    await api.call_is(sid, "ringing")
    await api.post(f"Calls/{sid}.json", Status="canceled")
    assert (await call.is_hung_up()).cause == "cancelled"
    await api.call_is(sid, "canceled")
    assert (await customer.is_asked("/over")).form["CallStatus"] == "canceled"


async def test_a_client_who_is_not_registered(api: Rest, new_client: MakeClient, ringback: Ringback, app: str) -> None:
    login = await new_client()
    form = {"From": "+16175551212", "To": f"client:{login}", "Url": app}
    refused = await api.ask("POST", "Calls.json", form)
    assert refused.status >= 400
    assert login in refused.text
    assert "11008" in refused.text
    kept = await ringback.house.store.notifications.find(account_sid=ADMINISTRATOR)
    assert any(login in (fault.message_text or "") for fault in kept)


async def test_nobody_listens_at_the_address(api: Rest, unused_tcp_port: int, app: str) -> None:
    """A port where no phone is: failed, at once or when the transaction gives up; here the program cancels."""
    sid = await api.calls(f"sip:nobody@127.0.0.1:{unused_tcp_port}", app, Timeout="1")
    record = await api.call_is(sid, "failed", "no-answer", within=5)
    assert record["end_time"]


async def test_calls_are_listed_with_filter_and_pages(phone: Phone, api: Rest, customer: CustomerServer) -> None:
    """Tables of the Calls list: `Calls?From=…`, `PageSize=1`, in JSON and in XML."""
    url = customer.answers("/app", HANG_UP)
    sids = []
    for _ in range(3):
        sids.append(await api.calls(phone.uri, url, From="+16175559999"))
        await (await phone.rings()).answers()
        await api.call_is(sids[-1], "completed")
    listed = await api.get("Calls.json?From=%2B16175559999&PageSize=2")
    assert len(listed["calls"]) == 2
    assert listed["total"] == 3
    rest = await api.get("Calls.json?From=%2B16175559999&PageSize=2&Page=1")
    assert {call["sid"] for call in listed["calls"] + rest["calls"]} == set(sids)
    xml = await api.ask("GET", "Calls?From=%2B16175559999")
    assert xml.content_type == "application/xml"
    assert all(f"<Sid>{sid}</Sid>" in xml.text for sid in sids)
