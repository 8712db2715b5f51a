"""Realtime call modification: a live call is moved to another document, or ended. Specification, tables 4.15, 4.16."""

import pytest

from ringback.testing import CustomerServer, Phone, PhoneCall
from tests.conftest import MakeNumber
from tests.stories.rest import Rest
from tests.stories.sounds import spoken

LONG, OTHER = spoken(30, seed=2), spoken(0.8, seed=3)


@pytest.fixture
def app(customer: CustomerServer) -> str:
    """An application that plays for half a minute."""
    customer.sound("/long.wav", LONG)
    customer.sound("/other.wav", OTHER)
    customer.answers("/other", "<Response><Play>/other.wav</Play></Response>")
    return customer.answers("/app", "<Response><Play>/long.wav</Play></Response>")


async def live_call(phone: Phone, api: Rest, app: str) -> tuple[PhoneCall, str]:
    """A call in the midst of its long prompt, and its SID."""
    sid = await api.calls(phone.uri, app)
    call = await (await phone.rings()).answers()
    await call.hears("/long.wav")
    return call, sid


async def test_a_live_call_is_moved_to_another_document(
    phone: Phone, api: Rest, customer: CustomerServer, app: str
) -> None:
    """The specification: "interrupt an in-progress call and … have it begin processing RCML from a new URL"."""
    call, sid = await live_call(phone, api, app)
    moved_at = phone.clock.now()
    changed = await api.post(f"Calls/{sid}.json", Url=customer.url("/other"))
    assert changed["sid"] == sid
    asked = await customer.is_asked("/other")
    assert (asked.method, asked.form["CallSid"], asked.form["CallStatus"]) == ("POST", sid, "in-progress")
    await call.hears_whole("/other.wav", within=3)
    await call.is_hung_up()
    assert await call.heard_sound_ms(after=moved_at) < 2000, "the old prompt should have stopped"
    await api.call_is(sid, "completed")


async def test_the_new_document_is_fetched_as_said(phone: Phone, api: Rest, customer: CustomerServer, app: str) -> None:
    """Tables 4.15 and 4.16: Method, FallbackUrl and FallbackMethod, StatusCallback."""
    call, sid = await live_call(phone, api, app)
    await api.post(
        f"Calls/{sid}.json",
        Url=customer.url("/gone"),
        Method="GET",
        FallbackUrl=customer.url("/other"),
        FallbackMethod="GET",
        StatusCallback=customer.url("/over"),
    )
    assert (await customer.is_asked("/gone")).method == "GET"
    asked = await customer.is_asked("/other")
    assert (asked.method, asked.query["ErrorUrl"]) == ("GET", customer.url("/gone"))
    await call.hears_whole("/other.wav")
    assert (await customer.is_asked("/over")).form["CallStatus"] == "completed"


async def test_a_live_call_is_ended(phone: Phone, api: Rest, app: str) -> None:
    """The specification: "You can end the call using the Status=completed command"."""
    call, sid = await live_call(phone, api, app)
    changed = await api.post(f"Calls/{sid}.json", Status="completed")
    assert changed["status"] == "completed"
    assert (await call.is_hung_up(within=2)).cause == "bye"
    record = await api.call_is(sid, "completed")
    assert record["end_time"]


async def test_a_ringing_call_is_ended_too(phone: Phone, api: Rest, app: str) -> None:
    """Specifying completed will attempt to hang up a call "even if it's already in progress": also before."""
    sid = await api.calls(phone.uri, app)
    call = await phone.rings()
    await api.call_is(sid, "ringing")
    await api.post(f"Calls/{sid}.json", Status="completed")
    assert (await call.is_hung_up()).cause == "cancelled"
    assert (await api.call_is(sid))["end_time"]


async def test_canceled_does_not_touch_a_call_in_progress(phone: Phone, api: Rest, app: str) -> None:
    """The specification: "but not affect calls already in progress"."""
    call, sid = await live_call(phone, api, app)
    await api.post(f"Calls/{sid}.json", Status="canceled")
    await call.hears("/long.wav")
    assert call.is_up
    await call.hangs_up()
    await api.call_is(sid, "completed")


async def test_an_inbound_call_is_moved(
    phone: Phone, api: Rest, customer: CustomerServer, app: str, new_number: MakeNumber
) -> None:
    call = await phone.dials(await new_number(app))
    await call.hears("/long.wav")
    sid = call.header("X-RestComm-CallSid", of="200")
    await api.post(f"Calls/{sid}.json", Url=customer.url("/other"))
    await call.hears_whole("/other.wav")


async def test_a_call_is_moved_again_and_again(phone: Phone, api: Rest, customer: CustomerServer, app: str) -> None:
    """The specification: "You can still redirect the current call back to the previous application"."""
    call, sid = await live_call(phone, api, app)
    for _ in range(3):
        await api.post(f"Calls/{sid}.json", Url=app)
        await call.hears("/long.wav")
    await api.post(f"Calls/{sid}.json", Url=customer.url("/other"))
    await call.hears_whole("/other.wav")


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"Url": "http://127.0.0.1:1/x", "Status": "completed"}, 409),
        ({"Status": "sleeping"}, 400),
        ({"Url": "no url"}, 400),
    ],
)
async def test_a_change_that_is_refused_changes_nothing(
    phone: Phone, api: Rest, app: str, form: dict[str, str], status: int
) -> None:
    call, sid = await live_call(phone, api, app)
    assert (await api.ask("POST", f"Calls/{sid}.json", form)).status == status
    await call.hears("/long.wav")
    assert call.is_up
    await call.hangs_up()


async def test_a_call_that_is_over_or_unknown(phone: Phone, api: Rest, app: str) -> None:
    call, sid = await live_call(phone, api, app)
    await call.hangs_up()
    await api.call_is(sid, "completed")
    over = await api.ask("POST", f"Calls/{sid}.json", {"Status": "completed"})
    assert (over.status, "already completed" in over.text) == (410, True)
    unknown = await api.ask("POST", "Calls/CA00000000000000000000000000000000.json", {"Status": "completed"})
    assert unknown.status == 404
