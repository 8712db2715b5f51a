"""Keys, by each method that a phone may use: telephone-events, tones in the sound, SIP INFO. rcml.md, Gather."""

from typing import Literal

import pytest

from ringback.testing import CustomerServer, Phone
from tests.conftest import MakeNumber
from tests.stories.sounds import spoken

Method = Literal["event", "tone", "info"]
LONG, SHORT = spoken(20, seed=5), spoken(0.5, seed=6)
HANG_UP = "<Response><Hangup/></Response>"


@pytest.fixture
def sounds(customer: CustomerServer) -> CustomerServer:
    customer.sound("/long.wav", LONG)
    customer.sound("/short.wav", SHORT)
    customer.answers("/chosen", "<Response><Play>/short.wav</Play></Response>")
    return customer


def gather(attributes: str, prompts: str = "<Play>/long.wav</Play>", after: str = "") -> str:
    return f"<Response><Gather {attributes}>{prompts}</Gather>{after}</Response>"


@pytest.mark.parametrize("how", ["event", "tone", "info"])
async def test_a_key_silences_the_prompt(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber, how: Method
) -> None:
    """Gather: "the first digit stops the prompts"."""
    phone.knows_events = how == "event"
    url = sounds.answers("/menu", gather('numDigits="1" action="/chosen"'))
    call = await phone.dials(await new_number(url))
    await call.hears("/long.wav")
    await call.presses("5", how=how)

    asked = await sounds.is_asked("/chosen")
    assert (asked.method, asked.form["Digits"]) == ("POST", "5")
    assert asked.form["CallStatus"] == "in-progress"
    await call.hears_whole("/short.wav")
    await call.is_hung_up()


@pytest.mark.parametrize("how", ["event", "tone", "info"])
@pytest.mark.parametrize("digits", ["0123456789*", "11223"])
async def test_every_key_arrives_once(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber, how: Method, digits: str
) -> None:
    """The finish key ends the input and is taken away from the digits."""
    phone.knows_events = how == "event"
    url = sounds.answers("/menu", gather('action="/chosen"'))
    call = await phone.dials(await new_number(url))
    await call.hears("/long.wav")
    await call.presses(digits + "#", how=how, ms=80)
    assert (await sounds.is_asked("/chosen")).form["Digits"] == digits


@pytest.mark.parametrize("how", ["event", "tone"])
async def test_a_long_key_is_one_key(phone: Phone, sounds: CustomerServer, new_number: MakeNumber, how: Method) -> None:
    phone.knows_events = how == "event"
    url = sounds.answers("/menu", gather('numDigits="2" action="/chosen"'))
    call = await phone.dials(await new_number(url))
    await call.hears("/long.wav")
    await call.presses("7", how=how, ms=900)
    await call.presses("8", how=how, ms=500)
    assert (await sounds.is_asked("/chosen")).form["Digits"] == "78"


async def test_the_input_ends_after_a_silence(phone: Phone, sounds: CustomerServer, new_number: MakeNumber) -> None:
    """timeout: since the last digit."""
    url = sounds.answers("/menu", gather('timeout="1" action="/chosen?from=menu" method="GET"'))
    call = await phone.dials(await new_number(url))
    await call.hears("/long.wav")
    await call.presses("42")
    pressed_at = call.pressed_at
    asked = await sounds.is_asked("/chosen")
    assert 0.9 < phone.clock.now() - pressed_at < 2
    assert (asked.method, asked.query["Digits"], asked.query["from"]) == ("GET", "42", "menu")


async def test_without_a_key_the_next_verb_runs(phone: Phone, sounds: CustomerServer, new_number: MakeNumber) -> None:
    """The facts: "no digit / only finishOnKey: next verb, no request"."""
    url = sounds.answers(
        "/menu", gather('timeout="1" action="/chosen"', "<Play>/short.wav</Play>", "<Play>/long.wav</Play>")
    )
    call = await phone.dials(await new_number(url))
    await call.hears_whole("/short.wav")
    await call.hears("/long.wav", within=4)
    assert not sounds.all_asked("/chosen")


async def test_keys_before_the_gather_do_not_count(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber
) -> None:
    """The facts: "digits typed before the verb are discarded"."""
    url = sounds.answers(
        "/menu",
        '<Response><Play>/short.wav</Play><Play>/short.wav</Play><Gather numDigits="1" action="/chosen">'
        "<Play>/long.wav</Play></Gather></Response>",
    )
    call = await phone.dials(await new_number(url))
    await call.hears("/short.wav")
    await call.presses("9")
    await call.hears("/long.wav")
    await call.presses("1")
    assert (await sounds.is_asked("/chosen")).form["Digits"] == "1"


async def test_any_finish_key_and_none(phone: Phone, sounds: CustomerServer, new_number: MakeNumber) -> None:
    """finishOnKey: other keys; an empty one means none."""
    sounds.answers("/second", gather('finishOnKey="" numDigits="2" action="/third"'))
    sounds.answers("/third", HANG_UP)
    url = sounds.answers("/first", gather('finishOnKey="*" action="/second"'))
    call = await phone.dials(await new_number(url))
    await call.hears("/long.wav")
    await call.presses("1#*")
    assert (await sounds.is_asked("/second")).form["Digits"] == "1#"
    await call.hears("/long.wav")
    await call.presses("#*")
    assert (await sounds.is_asked("/third")).form["Digits"] == "#*"


async def test_without_an_action_the_document_itself_is_asked(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber
) -> None:
    """Decision 19."""
    url = sounds.answers("/menu", gather('numDigits="1"'), HANG_UP)
    call = await phone.dials(await new_number(url))
    await call.hears("/long.wav")
    await call.presses("3")
    assert "Digits" not in (await sounds.is_asked("/menu")).form
    assert (await sounds.is_asked("/menu")).form["Digits"] == "3"


@pytest.mark.parametrize("body", ["Signal=7\r\nDuration=160", "7", "Signal = 7\n"])
async def test_info_in_each_of_its_forms(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber, body: str
) -> None:
    """`application/dtmf-relay` with Signal=, or the body as the keys themselves."""
    url = sounds.answers("/menu", gather('numDigits="1" action="/chosen"'))
    call = await phone.dials(await new_number(url))
    await call.hears("/long.wav")
    kind = "application/dtmf-relay" if "Signal" in body else "application/dtmf"
    assert (await call.sends("INFO", body.encode(), kind)).status == 200
    assert (await sounds.is_asked("/chosen")).form["Digits"] == "7"
