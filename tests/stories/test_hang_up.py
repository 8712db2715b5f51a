"""The caller hangs up, in every state of a call: each time the record is complete, and nothing is left behind."""

import pytest

from ringback.app import Ringback
from ringback.testing import CustomerServer, Phone
from tests.conftest import MakeNumber
from tests.stories.rest import Rest
from tests.stories.sounds import spoken

LONG = spoken(20, seed=7)
STORY = "It was a dark and stormy night; the rain fell in torrents, and the wind swept up the streets of London. " * 3


@pytest.fixture
def sounds(customer: CustomerServer) -> CustomerServer:
    customer.sound("/long.wav", LONG)
    customer.hangs("/hangs")
    return customer


async def test_while_the_document_is_fetched(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber, api: Rest, ringback: Ringback
) -> None:
    """A caller who gives up before the answer: canceled."""
    call = await phone.calls_up(await new_number(sounds.url("/hangs"), StatusCallback=sounds.url("/over")))
    await call.is_ringing()
    asked = await sounds.is_asked("/hangs")
    await call.hangs_up()
    assert call.ladder.find("487") is not None
    record = await api.call_is(asked.form["CallSid"], "canceled")
    assert record["duration"] == 0
    assert record["end_time"]
    told = await sounds.is_asked("/over")
    while told.form["CallStatus"] == "ringing":
        told = await sounds.is_asked("/over")
    assert told.form["CallStatus"] == "canceled"


async def test_while_it_rings_in_a_leading_pause(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber, api: Rest
) -> None:
    url = sounds.answers("/app", '<Response><Pause length="30"/><Play>/long.wav</Play></Response>')
    call = await phone.calls_up(await new_number(url))
    await call.is_ringing()
    asked = await sounds.is_asked("/app")
    await call.hangs_up()
    await api.call_is(asked.form["CallSid"], "canceled")


@pytest.mark.parametrize(
    "verbs",
    [
        "<Play>/long.wav</Play>",
        f"<Say>{STORY}</Say>",
        '<Play>/long.wav</Play><Pause length="30"/>',
        '<Gather numDigits="3"><Play>/long.wav</Play></Gather>',
        '<Gather numDigits="3" timeout="30"></Gather>',
        "<Redirect>/hangs</Redirect>",
        '<Play loop="0">/long.wav</Play>',
    ],
    ids=["play", "say", "play-then-pause", "gather-prompt", "gather-wait", "fetch", "endless-play"],
)
async def test_while_a_verb_runs(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber, api: Rest, ringback: Ringback, verbs: str
) -> None:
    number = await new_number(sounds.answers("/app", f"<Response>{verbs}</Response>"))
    call = await phone.dials(number)
    asked = await sounds.is_asked("/app")
    if "hangs" in verbs:
        await sounds.is_asked("/hangs")
    elif "timeout" not in verbs:
        await call.hears_sound()
    sid = asked.form["CallSid"]
    live = ringback.house.live.get(sid)
    assert live is not None
    await call.hangs_up()
    assert call.ladder.titles()[-1] == "200 OK (BYE)"
    await api.call_is(sid, "completed")
    await live.gone.wait()
    assert ringback.house.live.get(sid) is None
    assert len(sounds.all_asked("/app")) == 1, "a call that is over asks for nothing more"


async def test_in_a_pause(phone: Phone, sounds: CustomerServer, new_number: MakeNumber, api: Rest) -> None:
    url = sounds.answers("/app", '<Response><Say>x</Say><Pause length="30"/><Play>/long.wav</Play></Response>')
    call = await phone.dials(await new_number(url))
    await call.hears_sound()
    await call.hears_silence(0.6)
    await call.hangs_up()
    await api.call_is((await sounds.is_asked("/app")).form["CallSid"], "completed")


async def test_of_a_called_phone(phone: Phone, sounds: CustomerServer, api: Rest) -> None:
    """The other way round: the phone that was called hangs up during its document's fetch."""
    sid = await api.calls(phone.uri, sounds.url("/hangs"))
    call = await (await phone.rings()).answers()
    await sounds.is_asked("/hangs")
    await call.hangs_up()
    assert (await api.call_is(sid, "completed"))["end_time"]


async def test_nothing_is_left_of_calls_that_ended(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber, api: Rest, ringback: Ringback
) -> None:
    """Streams and live calls are given back."""
    before = ringback.house.media.streams
    number = await new_number(sounds.answers("/app", "<Response><Play>/long.wav</Play></Response>"))
    calls = [await phone.dials(number) for _ in range(5)]
    assert ringback.house.media.streams >= before + 5
    for call in calls:
        await call.hangs_up()
    for _ in calls:
        await api.call_is((await sounds.is_asked("/app")).form["CallSid"], "completed")
    assert ringback.house.media.streams <= before
