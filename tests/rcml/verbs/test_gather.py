"""<Gather> (facts §2.4)."""

import pytest

from ringback.testing.customer_server import CustomerServer
from tests.rcml.conftest import Metronome, Run
from tests.rcml.paper_call import PaperCall

HANGUP = "<Response><Hangup/></Response>"
PROMPTS = "<Play>/two.wav</Play><Say>press</Say>"


def collects(most: int | None = None, finish: str = "#", timeout: float = 5, start: str = "0123456789*#") -> str:
    return f"collect most={most} finish={finish} timeout={timeout:g} start={start}"


@pytest.fixture
def menu(customer: CustomerServer, run: Run, call: PaperCall) -> "Menu":
    return Menu(customer, run, call)


class Menu:
    """Begins a document with one Gather; whatever it leads to hangs up."""

    def __init__(self, customer: CustomerServer, run: Run, call: PaperCall) -> None:
        self.customer, self.run, self.call = customer, run, call

    def opens(self, attributes: str = "", inside: str = "", after: str = "") -> None:
        self.customer.answers("/menu", f"<R><Gather {attributes}>{inside}</Gather>{after}</R>", HANGUP)
        self.customer.answers("/chosen", HANGUP)
        self.run(self.customer.url("/menu?x=1"), self.call)


async def test_a_key_silences_the_prompt(menu: Menu, customer: CustomerServer, call: PaperCall) -> None:
    """ "the first digit stops the prompts"; "request action with `Digits`"."""
    menu.opens('numDigits="1" action="/chosen"', PROMPTS)
    await call.has_done(collects(most=1), "play 2.0 s")
    call.keypad.press("5")
    asked = await customer.is_asked("/chosen")
    assert asked.method == "POST"
    assert asked.form == {**dict(call.parameters()), "Digits": "5"}
    await call.has_done("silenced", "hang up")


async def test_prompts_play_in_document_order(menu: Menu, call: PaperCall) -> None:
    """ "Say, Play, Pause (any number, in order)"; [R] a Pause may be last."""
    menu.opens(
        "", "<Pause/><Say>one</Say><Foo/><Play/><Play loop='2'>/one.wav</Play><Pause length='2'/>", "<Say>no</Say>"
    )
    await call.has_done(collects(), "pause 1")
    await call.lets_pass(1)
    await call.has_done("play 0.3 s")
    await call.lets_pass(0.3)
    await call.has_done("played", "play 1.0 s x2")
    await call.lets_pass(2)
    await call.has_done("played", "pause 2")
    await call.lets_pass(2)
    assert call.deeds == []
    await call.lets_pass(4.9)
    assert call.deeds == []
    await call.lets_pass(0.2)
    await call.has_done("play 0.2 s")


async def test_silence_leads_to_the_next_verb(menu: Menu, customer: CustomerServer, call: PaperCall) -> None:
    """ "no digit / only finishOnKey | next verb, **no** request"; the time-out starts after the prompts."""
    menu.opens('timeout="3" action="/chosen"', "<Play>/two.wav</Play>")
    await call.has_done(collects(timeout=3), "play 2.0 s")
    await call.lets_pass(2)
    await call.has_done("played")
    await call.lets_pass(2.9)
    assert call.deeds == []
    await call.lets_pass(0.2)
    await call.has_done("hang up")
    assert len(customer.all_asked("/chosen")) == 0


async def test_only_a_finish_key_leads_to_the_next_verb(menu: Menu, customer: CustomerServer, call: PaperCall) -> None:
    menu.opens('action="/chosen"', PROMPTS)
    await call.has_done(collects(), "play 2.0 s")
    call.keypad.press("#")
    await call.has_done("silenced", "hang up")
    assert len(customer.all_asked("/chosen")) == 0


async def test_the_time_out_runs_between_keys(menu: Menu, customer: CustomerServer, call: PaperCall) -> None:
    """ "used both as first-digit and inter-digit timer"."""
    menu.opens('timeout="3" action="/chosen"')
    await call.has_done(collects(timeout=3))
    for digit in "123":
        await call.lets_pass(2.9)
        call.keypad.press(digit)
    await call.lets_pass(0)
    await call.lets_pass(3)
    assert (await customer.is_asked("/chosen")).form["Digits"] == "123"


@pytest.mark.parametrize(
    ("attributes", "pressed", "digits"),
    [
        ("", "12#", "12"),
        ('finishOnKey="*"', "1#2*", "1#2"),
        ('finishOnKey="*#"', "12*", "12"),
        ('finishOnKey="*#"', "12#", "12"),
        ('numDigits="3"', "1234", "123"),
        ('numDigits="3"', "12#", "12"),
        ('numDigits="4" finishOnKey=""', "1#*2", "1#*2"),
        ('numDigits="2" startInputKey="*"', "12*34", "*3"),
    ],
)
async def test_what_ends_it(
    menu: Menu, customer: CustomerServer, call: PaperCall, attributes: str, pressed: str, digits: str
) -> None:
    """finishOnKey: any one of its keys ends it and is stripped, empty: none; numDigits; startInputKey."""
    menu.opens(f'action="/chosen" {attributes}', PROMPTS)
    await call.has_begun("play 2.0 s")
    call.keypad.press(pressed)
    assert (await customer.is_asked("/chosen")).form["Digits"] == digits


async def test_without_action_the_document_itself_is_asked(
    menu: Menu, customer: CustomerServer, call: PaperCall
) -> None:
    """Decision 19: "the document's own URL", as documented."""
    menu.opens('numDigits="1" method="GET"')
    await call.has_done(collects(most=1))
    call.keypad.press("7")
    await customer.is_asked("/menu")
    asked = await customer.is_asked("/menu")
    assert asked.method == "GET"
    assert asked.query == {"x": "1", **dict(call.parameters()), "Digits": "7"}


async def test_a_relative_action(menu: Menu, customer: CustomerServer, call: PaperCall) -> None:
    menu.opens('numDigits="1" action="chosen?y=2"')
    await call.has_done(collects(most=1))
    call.keypad.press("7")
    asked = await customer.is_asked("/chosen")
    assert asked.query == {"y": "2"}
    await call.has_done("hang up")


async def test_keys_typed_before_are_discarded(menu: Menu, call: PaperCall) -> None:
    """ "digits typed before the verb are discarded"."""
    call.keypad.press("1")
    menu.opens('numDigits="1"')
    await call.has_done(collects(most=1))
    await call.lets_pass(5)
    await call.has_done("hang up")


async def test_a_key_counts_while_the_prompts_are_still_fetched(
    menu: Menu, customer: CustomerServer, call: PaperCall
) -> None:
    menu.opens('numDigits="1" action="/chosen"', f"<Play>{customer.hangs('/slow.wav')}</Play>")
    await customer.is_asked("/slow.wav")
    call.keypad.press("3")
    assert (await customer.is_asked("/chosen")).form["Digits"] == "3"


async def test_all_prompts_are_got_ready_at_once(
    menu: Menu, customer: CustomerServer, call: PaperCall, metronome: Metronome
) -> None:
    menu.opens("", "<Play>/one.wav</Play><Say>one</Say><Play>/two.wav</Play>")
    await call.has_done(collects(), "play 1.0 s")
    await customer.is_asked("/two.wav")
    await call.lets_pass(1)
    await call.has_done("played", "play 0.3 s")
    assert metronome.spoken == [("one", "en", "man")]


async def test_a_prompt_that_cannot_be_had_ends_the_call(menu: Menu, call: PaperCall) -> None:
    """ "prepare all prompts (TTS/cache; failure → hang up)"."""
    menu.opens("", "<Play>/gone.wav</Play>")
    await call.has_done(collects(), "fail")
    assert call.codes == [13233]


async def test_a_prompt_with_a_bad_url(menu: Menu, call: PaperCall) -> None:
    """ "Play with bad URI → E 13325 + stop"."""
    menu.opens("", "<Say>one</Say><Play>a b</Play>")
    await call.has_done(collects(), "play 0.3 s")
    await call.lets_pass(0.3)
    await call.has_done("played", "fail")
    assert [(fault.code, fault.level) for fault in call.faults] == [(13325, 0)]


async def test_speech_is_silence(menu: Menu, call: PaperCall) -> None:
    """Facts §6.2: "[R] `input=speech` behaves like silence until timeout"."""
    menu.opens('input="speech" timeout="4" action="/chosen" hints="yes, no" language="de-DE"', "<Say>one</Say>")
    await call.has_done("play 0.3 s")
    call.keypad.press("1")
    await call.lets_pass(0.3)
    await call.has_done("played", "pause 4")
    await call.lets_pass(4)
    await call.has_done("hang up")
    assert [(fault.code, fault.level, fault.line) for fault in call.faults] == [(11001, 1, 1)]


async def test_keys_or_speech_hears_keys(menu: Menu, customer: CustomerServer, call: PaperCall) -> None:
    menu.opens('input="dtmf speech" numDigits="1" action="/chosen"')
    await call.has_done(collects(most=1))
    call.keypad.press("8")
    assert (await customer.is_asked("/chosen")).form["Digits"] == "8"
    assert call.codes == [11001]


async def test_num_digits_does_not_leak_into_the_next(menu: Menu, call: PaperCall) -> None:
    """ "value survives into later Gathers of the same call; do not copy"."""
    menu.opens('numDigits="1" timeout="1"', after="<Gather/>")
    await call.has_done(collects(most=1, timeout=1))
    await call.lets_pass(1)
    await call.has_done(collects())


async def test_a_hang_up_asks_nothing(menu: Menu, customer: CustomerServer, call: PaperCall, run: Run) -> None:
    """Facts §7.1: no action request, even if digits were typed."""
    customer.answers("/a", '<R><Gather action="/chosen"/></R>')
    running = run(customer.url("/a"), call)
    await call.has_done(collects())
    call.keypad.press("12")
    running.cancel()
    await call.lets_pass(10)
    assert running.cancelled()
    assert call.keypad.on_key is None
    assert len(customer.all_asked("/chosen")) == 0
