"""Whatever a customer's server answers: the call runs it, takes the fallback or ends cleanly; the fault is kept."""

from collections.abc import Callable

import pytest

from ringback.app import Ringback
from ringback.testing import CustomerServer, Phone, WasRefused
from tests.conftest import MakeNumber
from tests.stories.faults import fault_of
from tests.stories.rest import Rest
from tests.stories.sounds import spoken

PROMPT = spoken(0.5, seed=10)
PLAY = "<Response><Play>/prompt.wav</Play></Response>"


@pytest.fixture
def sounds(customer: CustomerServer) -> CustomerServer:
    customer.sound("/prompt.wav", PROMPT)
    customer.answers("/good", PLAY)
    return customer


def break_it(customer: CustomerServer, how: str) -> str:
    """A URL that fails in one of the ways that URLs fail."""
    broken: dict[str, Callable[[], str]] = {
        "not well-formed": lambda: customer.answers("/bad", "<Response>\n<Play>/prompt.wav</Response>"),
        "empty": lambda: customer.answers("/bad", ""),
        "plain rubbish": lambda: customer.answers("/bad", b"\x00\xff\x17 no document"),
        "a wrong content type": lambda: customer.answers("/bad", "{}", content_type="application/json"),
        "a DTD with entities": lambda: customer.answers(
            "/bad", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Response><Say>&e;</Say></Response>'
        ),
        "very deep": lambda: customer.answers("/bad", "<a>" * 50_000 + "</a>" * 50_000),
        "huge": lambda: customer.answers("/bad", "<Response>" + " " * 2_000_000 + "</Response>"),
        "endless": lambda: customer.answers_endlessly("/bad"),
        "too short": lambda: customer.answers_too_short("/bad", PLAY),
        "no HTTP": lambda: customer.answers_rubbish("/bad"),
        "hanging": lambda: customer.hangs("/bad"),
        "a circle of redirects": lambda: customer.redirects("/bad", "/bad"),
        "status 500": lambda: customer.answers("/bad", PLAY, status=500),
        "status 204": lambda: customer.answers("/bad", "", status=204),
        "nobody there": lambda: "http://127.0.0.1:9/bad",
        "no such host": lambda: "http://no-such-host.invalid/bad",
    }
    return broken[how]()


BROKEN = [
    ("not well-formed", 12100, (2, None)),
    ("empty", 12100, None),
    ("plain rubbish", 12100, None),
    ("a wrong content type", 12300, None),
    ("a DTD with entities", 12100, None),
    ("very deep", 12100, None),
    ("huge", None, None),
    ("endless", None, None),
    ("too short", None, None),
    ("no HTTP", None, None),
    ("hanging", 11205, None),
    ("a circle of redirects", 11215, None),
    ("status 500", 11200, None),
    ("status 204", 11200, None),
    ("nobody there", 11205, None),
    ("no such host", None, None),
]
WAYS = [how for how, _, _ in BROKEN]


@pytest.mark.parametrize(("how", "code", "place"), BROKEN, ids=WAYS)
async def test_a_broken_first_document_refuses_the_call(
    phone: Phone,
    sounds: CustomerServer,
    new_number: MakeNumber,
    api: Rest,
    ringback: Ringback,
    how: str,
    code: int | None,
    place: tuple[int, int | None] | None,
) -> None:
    """An unanswered caller gets a final SIP answer; the record is `failed`; the fault is kept with its place."""
    number = await new_number(break_it(sounds, how))
    with pytest.raises(WasRefused) as refusal:
        await phone.dials(number)
    assert refusal.value.status == 500
    sid = phone.calls[-1].header("X-RestComm-CallSid", of="180") or ""
    record = await api.call_is(sid, "failed")
    assert record["end_time"]
    kept = await ringback.house.store.notifications.find(call_sid=sid)
    assert kept, "no fault is kept"
    if code is not None:
        fault = await fault_of(ringback, sid, code)
        assert fault.message_text
        assert fault.request_url
        if place is not None:
            assert fault.line == place[0]
            assert fault.column


@pytest.mark.parametrize("how", WAYS)
async def test_a_broken_first_document_takes_the_fallback(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber, how: str
) -> None:
    """Decision 20: any failure of the document; the fallback is told ErrorCode and ErrorUrl."""
    url = break_it(sounds, how)
    fallback = sounds.answers("/fallback", PLAY)
    call = await phone.dials(await new_number(url, VoiceFallbackUrl=fallback, VoiceFallbackMethod="GET"))
    asked = await sounds.is_asked("/fallback")
    assert asked.method == "GET"
    assert asked.query["ErrorUrl"].startswith(url)
    assert asked.query["ErrorCode"].isdecimal()
    await call.hears_whole("/prompt.wav")


async def test_a_missing_document_is_404(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber, ringback: Ringback
) -> None:
    """The facts: "RCML URL answers 404: 404, notification 21402"."""
    with pytest.raises(WasRefused, match="404"):
        await phone.dials(await new_number(sounds.url("/nowhere")))
    await fault_of(ringback, phone.calls[-1].header("X-RestComm-CallSid", of="180") or "", 21402)


@pytest.mark.parametrize("how", ["not well-formed", "hanging", "status 500", "a circle of redirects", "no HTTP"])
async def test_a_broken_follow_up_takes_the_fallback_or_ends(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber, api: Rest, how: str
) -> None:
    url = sounds.answers(
        "/app", f"<Response><Play>/prompt.wav</Play><Redirect>{break_it(sounds, how)}</Redirect></Response>"
    )
    call = await phone.dials(await new_number(url))
    await call.hears_whole("/prompt.wav")
    await call.is_hung_up()
    sounds.answers("/fallback", PLAY)
    call = await phone.dials(await new_number(url, VoiceFallbackUrl=sounds.url("/fallback")))
    await call.hears_whole("/prompt.wav")
    await sounds.is_asked("/fallback")
    await call.hears_whole("/prompt.wav")
    await call.is_hung_up()


async def test_the_fallback_is_tried_once(phone: Phone, sounds: CustomerServer, new_number: MakeNumber) -> None:
    sounds.answers("/bad", "<", status=500)
    number = await new_number(sounds.url("/bad"), VoiceFallbackUrl=sounds.url("/bad"))
    with pytest.raises(WasRefused):
        await phone.dials(number)
    assert len(sounds.all_asked("/bad")) == 2


async def test_the_fallback_of_a_placed_call(phone: Phone, sounds: CustomerServer, api: Rest) -> None:
    """Table 4.14, FallbackUrl."""
    sid = await api.calls(phone.uri, sounds.url("/nowhere"), FallbackUrl=sounds.url("/good"))
    call = await (await phone.rings()).answers()
    await call.hears_whole("/prompt.wav")
    await api.call_is(sid, "completed")


async def test_a_placed_call_without_a_good_document_ends(
    phone: Phone, sounds: CustomerServer, api: Rest, ringback: Ringback
) -> None:
    sid = await api.calls(phone.uri, sounds.hangs("/hangs"))
    call = await (await phone.rings()).answers()
    assert (await call.is_hung_up(within=5)).cause == "bye"
    await api.call_is(sid, "failed", "completed")
    await fault_of(ringback, sid, 11205)


UNKNOWN = [
    ("<Response>\n <Dance/>\n <Play>/prompt.wav</Play></Response>", 2),
    ('<Response><Play volume="11">/prompt.wav</Play></Response>', 1),
    ('<Response>\n\n<Play loop="often">/prompt.wav</Play></Response>', 3),
    ('<Response><Gather timeout="1"><Dance/></Gather><Play>/prompt.wav</Play></Response>', 1),
]


@pytest.mark.parametrize(("document", "line"), UNKNOWN)
async def test_what_is_not_in_the_grammar_is_passed_over_and_kept(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber, ringback: Ringback, document: str, line: int
) -> None:
    """An unknown verb or attribute is a warning with line and column; the rest of the document runs."""
    call = await phone.dials(await new_number(sounds.answers("/app", document)))
    await call.hears_whole("/prompt.wav")
    await call.is_hung_up()
    sid = call.header("X-RestComm-CallSid", of="200") or ""
    kept = await ringback.house.store.notifications.find(call_sid=sid)
    assert [(fault.line, bool(fault.column), fault.log) for fault in kept] == [(line, True, 1)]


BAD_SOUNDS: dict[str, Callable[[CustomerServer], str]] = {
    "rubbish": lambda customer: customer.sound("/bad.wav", b"RIFF this is no sound at all" * 50),
    "empty": lambda customer: customer.sound("/bad.wav", b""),
    "missing": lambda customer: customer.url("/bad.wav"),
    "a web page": lambda customer: customer.answers("/bad.wav", "<html/>", content_type="text/html"),
    "hanging": lambda customer: customer.hangs("/bad.wav"),
    "too short": lambda customer: customer.answers_too_short("/bad.wav", PROMPT, content_type="audio/wav"),
}


@pytest.mark.parametrize("how", list(BAD_SOUNDS))
async def test_a_sound_that_is_none(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber, ringback: Ringback, api: Rest, how: str
) -> None:
    """Play: a failure is kept (13233) and ends the call."""
    BAD_SOUNDS[how](sounds)
    document = "<Response><Play>/prompt.wav</Play><Play>/bad.wav</Play><Play>/prompt.wav</Play></Response>"
    call = await phone.dials(await new_number(sounds.answers("/app", document)))
    await call.hears_whole("/prompt.wav")
    await call.is_hung_up(within=5)
    sid = call.header("X-RestComm-CallSid", of="200") or ""
    fault = await fault_of(ringback, sid, 13233)
    assert "/bad.wav" in (fault.message_text or "")
    assert fault.line == 1
    await api.call_is(sid, "completed", "failed")


async def test_plain_text_is_said(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber, ringback: Ringback
) -> None:
    """rcml.md §1.2: text/plain is a Say of the body."""
    url = sounds.answers("/app", "Hello there, good people.", content_type="text/plain")
    call = await phone.dials(await new_number(url))
    await call.hears_whole(await ringback.house.speaker.say("Hello there, good people."))


async def test_a_sound_in_place_of_a_document_is_played(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber
) -> None:
    """rcml.md §1.2: audio/wav is a Play of the URL just fetched."""
    call = await phone.dials(await new_number(sounds.url("/prompt.wav")))
    await call.hears_whole("/prompt.wav")


async def test_relative_urls_follow_the_last_document(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber
) -> None:
    """Decision 22; also after HTTP redirects, and not disturbed by sounds."""
    sounds.sound("/deep/er/a.wav", spoken(0.5, seed=11))
    sounds.redirects("/start", "/deep/first?x=1")
    sounds.answers("/deep/first", "<Response><Redirect>er/second</Redirect></Response>")
    sounds.answers("/deep/er/second", "<Response><Play>a.wav</Play><Redirect>../../good</Redirect></Response>")
    call = await phone.dials(await new_number(sounds.url("/start")))
    await call.hears_whole("/deep/er/a.wav")
    await call.hears_whole("/prompt.wav")


async def test_documents_that_lead_in_a_circle_end(
    phone: Phone, sounds: CustomerServer, new_number: MakeNumber, ringback: Ringback
) -> None:
    sounds.answers("/a", "<Response><Redirect>/b</Redirect></Response>")
    sounds.answers("/b", "<Response><Redirect>/a</Redirect></Response>")
    call = await phone.dials(await new_number(sounds.url("/a")))
    await call.is_hung_up(within=10)
    await fault_of(ringback, call.header("X-RestComm-CallSid", of="200") or "", 11215)


async def test_loops_and_the_order_of_verbs(phone: Phone, sounds: CustomerServer, new_number: MakeNumber) -> None:
    sounds.sound("/other.wav", spoken(0.4, seed=12))
    document = '<Response><Play loop="2">/prompt.wav</Play><Pause length="1"/><Play>/other.wav</Play></Response>'
    call = await phone.dials(await new_number(sounds.answers("/app", document)))
    first = await call.hears_whole("/prompt.wav")
    second = await call.hears_whole("/prompt.wav")
    third = await call.hears_whole("/other.wav")
    assert second.start - first.end < 1000
    assert 7000 < third.start - second.end < 12_000
    await call.is_hung_up()


async def test_a_sound_is_fetched_once_and_kept(phone: Phone, sounds: CustomerServer, new_number: MakeNumber) -> None:
    number = await new_number(sounds.url("/good"))
    for _ in range(2):
        await (await phone.dials(number)).hears_whole("/prompt.wav")
    conditional = [asked for asked in sounds.all_asked("/prompt.wav") if "if-none-match" in asked.headers]
    assert len(sounds.all_asked("/prompt.wav")) - len(conditional) <= 2
