"""<Say>, <Play>, <Pause> (facts §2.1 to §2.3)."""

import pytest

from ringback.testing.customer_server import CustomerServer
from tests.rcml.conftest import Metronome, Run, tone
from tests.rcml.paper_call import PaperCall


async def test_say_speaks_text_language_and_voice(
    customer: CustomerServer, run: Run, call: PaperCall, metronome: Metronome
) -> None:
    running = run(customer.answers("/a", "<R><Say voice='woman' language='pt-BR'>Olá, Zoë &amp; co</Say></R>"), call)
    await call.has_done("play 1.3 s")
    await call.lets_pass(1.3)
    await running
    await call.has_done("played", "hang up")
    assert metronome.spoken == [("Olá, Zoë & co", "pt-br", "woman")]


async def test_the_same_text_is_spoken_once(
    customer: CustomerServer, run: Run, call: PaperCall, metronome: Metronome
) -> None:
    run(customer.answers("/a", "<R><Say>one</Say><Say>one</Say><Say language='de'>one</Say></R>"), call)
    for _ in range(3):
        await call.has_done("play 0.3 s")
        await call.lets_pass(0.3)
        call.deeds.remove("played")
    assert metronome.spoken == [("one", "en", "man"), ("one", "de", "man")]


@pytest.mark.parametrize(("verb", "length"), [("Say", 0.3), ("Play", 1.0)])
async def test_loop(customer: CustomerServer, run: Run, call: PaperCall, verb: str, length: float) -> None:
    """Decision 19: `loop="0"` is endless."""
    content = "one" if verb == "Say" else "/one.wav"
    run(customer.answers("/a", f"<R><{verb} loop='3'>{content}</{verb}><{verb} loop='0'>{content}</{verb}></R>"), call)
    await call.has_done(f"play {length} s x3")
    await call.lets_pass(3 * length)
    await call.has_done("played", f"play {length} s x0")
    await call.lets_pass(10_000)
    assert call.deeds == []


@pytest.mark.parametrize("document", ["<Say/>", "<Say> \n </Say>", "<Play/>", "<Play>  </Play>", "<Redirect/>"])
async def test_what_is_empty_is_passed_by(customer: CustomerServer, run: Run, call: PaperCall, document: str) -> None:
    """Facts §2.1, §2.2, §2.7: empty text → next verb."""
    await run(customer.answers("/a", f"<R>{document}<Hangup/></R>"), call)
    await call.has_done("hang up")
    assert call.faults == []


async def test_no_speech_engine_ends_the_call(
    customer: CustomerServer, run: Run, call: PaperCall, metronome: Metronome
) -> None:
    metronome.there = False
    await run(customer.answers("/a", "<R><Say>one</Say></R>"), call)
    await call.has_done("fail")
    assert call.codes == [12400]
    assert call.faults[0].message == "no speech engine is installed; install one: wind it up"


@pytest.mark.parametrize("broken", ["missing", "no sound", "hangs"])
async def test_a_sound_that_cannot_be_had_ends_the_call(
    customer: CustomerServer, run: Run, call: PaperCall, broken: str
) -> None:
    """Facts §2.2: W 13233 and hang up."""
    urls = {
        "missing": "/gone.wav",
        "no sound": customer.answers("/text.wav", "text"),
        "hangs": customer.hangs("/h.wav"),
    }
    await run(customer.answers("/a", f"<R>\n<Play>{urls[broken]}</Play></R>"), call)
    await call.has_done("fail")
    assert [(fault.code, fault.level, fault.line) for fault in call.faults] == [(13233, 1, 2)]
    assert urls[broken] in call.faults[0].message


async def test_a_local_file_is_not_played(customer: CustomerServer, run: Run, call: PaperCall) -> None:
    await run(customer.answers("/a", "<R><Play>file:///etc/passwd</Play></R>"), call)
    await call.has_done("fail")
    assert "no absolute http or https URL" in call.faults[0].message


async def test_pause(customer: CustomerServer, run: Run, call: PaperCall) -> None:
    """Facts §2.3: default 1; 0 → no wait."""
    running = run(customer.answers("/a", "<R><Pause length='0'/><Pause/><Pause length='7'/></R>"), call)
    await call.has_done("pause 1")
    await call.lets_pass(1)
    await call.has_done("pause 7")
    await call.lets_pass(7)
    await running
    await call.has_done("hang up")


async def test_a_document_that_is_a_sound_or_a_text(customer: CustomerServer, run: Run, call: PaperCall) -> None:
    """Facts §1.2."""
    run(customer.url("/two.wav"), call)
    await call.has_done("play 2.0 s")
    run(customer.answers("/text", "hello", content_type="text/plain"), call)
    await call.has_done("play 0.5 s")
    assert len(customer.requests) == 2


async def test_the_journal_tells_how_a_sound_was_got(customer: CustomerServer, run: Run, call: PaperCall) -> None:
    customer.answers("/fresh.wav", tone(1), content_type="audio/wav", headers={"Cache-Control": "max-age=60"})
    for _ in range(2):
        running = run(customer.answers("/a", "<R><Play>/fresh.wav</Play></R>"), call)
        await call.has_done("play 1.0 s")
        await call.lets_pass(1)
        await running
        await call.has_done("played", "hang up")
    await run(customer.answers("/a", "<R><Play>/gone.wav</Play></R>"), call)
    asked, cached, gone = (entry for entry in call.journaled("fetch") if entry["purpose"] == "sound")
    assert (asked["url"], asked["status"]) == (customer.url("/fresh.wav"), 200)
    assert asked["content_type"] == "audio/wav"
    assert cached["cached"] is True
    assert "answers 404" in gone["error"]
