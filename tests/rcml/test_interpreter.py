"""The interpreter: the order of things, fallback, relative URLs, circles, and how a call ends."""

import pytest

from ringback.calls.notes import ERROR, WARNING
from ringback.rcml.interpreter import MOST_QUICK_DOCUMENTS
from ringback.testing.customer_server import CustomerServer
from tests.rcml.conftest import Run
from tests.rcml.paper_call import PaperCall

HANGUP = "<Response><Hangup/></Response>"


async def test_verbs_run_one_after_the_other_and_then_the_call_ends(
    customer: CustomerServer, run: Run, call: PaperCall
) -> None:
    """Facts §2 and §1.6: strictly in turn; no more verbs: BYE."""
    url = customer.answers("/app", "<Response><Play>/one.wav</Play><Pause length='3'/><Play>two.wav</Play></Response>")
    running = run(url, call)
    await call.has_done("play 1.0 s")
    await call.lets_pass(0.9)
    assert call.deeds == []
    await call.lets_pass(0.2)
    await call.has_done("played", "pause 3")
    await call.lets_pass(3)
    await call.has_done("play 2.0 s")
    await call.lets_pass(2)
    await running
    await call.has_done("played", "hang up")
    assert call.faults == []


@pytest.mark.parametrize(
    ("document", "deeds"),
    [
        ("<Say>hi</Say>", ["answer", "play 0.2 s"]),
        ("<Play>/one.wav</Play>", ["answer", "play 1.0 s"]),
        ("<Hangup/>", ["answer", "hang up"]),
        ("<Redirect>/end</Redirect>", ["answer", "hang up"]),
        ("<Gather/>", ["answer", "collect most=None finish=# timeout=5 start=0123456789*#"]),
        ("<Reject/>", ["reject rejected", "hang up"]),
        ("<Foo/><Reject/>", ["reject rejected", "hang up"]),
    ],
)
async def test_the_first_verb_answers_except_reject(
    customer: CustomerServer, run: Run, ringing: PaperCall, document: str, deeds: list[str]
) -> None:
    """Facts §1.6: any verb but Reject and Pause: the call is answered, then that verb runs."""
    customer.answers("/end", HANGUP)
    run(customer.answers("/app", f"<Response>{document}</Response>"), ringing)
    if deeds[-1] == "hang up" and deeds[0] != "answer":
        deeds[-1] = "fail"
    await ringing.has_done(*deeds)


async def test_a_leading_pause_waits_while_it_rings(customer: CustomerServer, run: Run, ringing: PaperCall) -> None:
    """Facts §2.3; a Pause may precede Reject (§2.9)."""
    running = run(customer.answers("/app", "<R><Pause length='2'/><Reject reason='busy'/></R>"), ringing)
    await ringing.has_done("pause 2")
    await ringing.lets_pass(2)
    await running
    await ringing.has_done("reject busy", "fail")


async def test_an_empty_document_answers_nothing(customer: CustomerServer, run: Run, ringing: PaperCall) -> None:
    """Facts §1.6: if never answered: SIP 500."""
    await run(customer.answers("/app", "<Response/>"), ringing)
    await ringing.has_done("fail")
    assert ringing.sip_status == 500
    assert ringing.failed == "the document holds no verb, and the call was not answered"


async def test_an_empty_document_ends_an_answered_call(customer: CustomerServer, run: Run, call: PaperCall) -> None:
    await run(customer.answers("/app", "<Response/>"), call)
    await call.has_done("hang up")


async def test_relative_urls_are_seen_from_the_last_document(
    customer: CustomerServer, run: Run, call: PaperCall
) -> None:
    """Decision 22; RFC 3986 §5."""
    customer.answers("/a/first", "<R><Redirect>b/second?x=1</Redirect></R>")
    customer.answers("/a/b/second", "<R><Redirect method='GET'>../third</Redirect></R>")
    customer.redirects("/a/third", "/c/fourth")
    customer.answers("/c/fourth", "<R><Redirect>fifth</Redirect></R>")
    customer.answers("/c/fifth", HANGUP)
    await run(customer.url("/a/first"), call)
    assert [asked.path for asked in customer.requests] == [
        "/a/first",
        "/a/b/second",
        "/a/third",
        "/c/fourth",
        "/c/fifth",
    ]
    assert [asked.method for asked in customer.requests] == ["POST", "POST", "GET", "GET", "POST"]
    await call.has_done("hang up")


@pytest.mark.parametrize(
    ("broken", "code"),
    [("status", 11200), ("missing", 21402), ("markup", 12100), ("json", 12300), ("hangs", 11205), ("rubbish", 11206)],
)
async def test_the_fallback_is_tried_once_and_told_why(
    customer: CustomerServer, run: Run, call: PaperCall, broken: str, code: int
) -> None:
    """Decision 20: for any failure of the initial document; told ErrorCode and ErrorUrl."""
    urls = {
        "status": customer.answers("/status", HANGUP, status=500),
        "missing": customer.url("/missing"),
        "markup": customer.answers("/markup", "<Response><Say></Response>"),
        "json": customer.answers("/json", "{}", content_type="application/json"),
        "hangs": customer.hangs("/hangs"),
        "rubbish": customer.answers_rubbish("/rubbish"),
    }
    customer.answers("/fallback", HANGUP)
    await run(urls[broken], call, fallback_url=customer.url("/fallback"), fallback_method="GET")
    asked = await customer.is_asked("/fallback")
    assert asked.method == "GET"
    assert dict(asked.query) == {**dict(call.parameters()), "ErrorCode": str(code), "ErrorUrl": urls[broken]}
    await call.has_done("hang up")
    assert call.codes == [code]
    assert call.failed is None


async def test_the_fallback_serves_later_documents_too(customer: CustomerServer, run: Run, call: PaperCall) -> None:
    """Decision 20: "and of follow-up documents too"."""
    customer.answers("/app", "<R><Redirect>/missing</Redirect></R>")
    customer.answers("/fallback", HANGUP)
    await run(customer.url("/app"), call, fallback_url=customer.url("/fallback"))
    asked = await customer.is_asked("/fallback")
    assert (asked.form["ErrorCode"], asked.form["ErrorUrl"]) == ("21402", customer.url("/missing"))
    await call.has_done("hang up")


async def test_the_fallback_is_not_tried_twice(customer: CustomerServer, run: Run, call: PaperCall) -> None:
    customer.answers("/fallback", "<R><Redirect>/missing</Redirect></R>")
    await run(customer.url("/gone"), call, fallback_url=customer.url("/fallback"))
    assert [asked.path for asked in customer.requests] == ["/gone", "/fallback", "/missing"]
    assert call.codes == [21402, 21402]
    await call.has_done("fail")


async def test_without_fallback_the_call_ends_cleanly(customer: CustomerServer, run: Run, ringing: PaperCall) -> None:
    """Facts §1.5: 404 → SIP 404; the rest → 500."""
    await run(customer.url("/missing"), ringing)
    await ringing.has_done("fail")
    assert (ringing.sip_status, ringing.codes) == (404, [21402])
    await run(customer.answers("/app", HANGUP, status=500), ringing)
    assert (ringing.sip_status, ringing.codes) == (500, [21402, 11200])


async def test_a_failing_fallback_ends_the_call(customer: CustomerServer, run: Run, call: PaperCall) -> None:
    await run(customer.url("/gone"), call, fallback_url="http://h/a b")
    assert call.codes == [21402, 11100]
    await call.has_done("fail")


async def test_faults_are_kept_with_place_and_request(customer: CustomerServer, run: Run, call: PaperCall) -> None:
    url = customer.answers("/app", '<Response>\n <Gather timeout="x"/>\n <Play>/gone.wav</Play></Response>')
    run(url, call)
    await call.has_done("collect most=None finish=# timeout=5 start=0123456789*#")
    await call.lets_pass(5)
    await call.has_done("fail")
    assert [(f.code, f.level, f.line, f.column) for f in call.faults] == [
        (13313, WARNING, 2, 2),
        (13233, WARNING, 3, 2),
    ]
    assert [facts.url for facts in call.told_of if facts] == [url, url]


async def test_a_broken_verb_stops_only_when_its_turn_comes(
    customer: CustomerServer, run: Run, call: PaperCall
) -> None:
    """Facts §2: E 11100, and the call is hung up."""
    running = run(customer.answers("/app", "<R><Pause/><Play>a b</Play><Play>/one.wav</Play></R>"), call)
    await call.has_done("pause 1")
    await call.lets_pass(1)
    await running
    await call.has_done("fail")
    assert [(fault.code, fault.level) for fault in call.faults] == [(11100, ERROR)]


async def test_a_broken_first_verb_does_not_answer(customer: CustomerServer, run: Run, ringing: PaperCall) -> None:
    await run(customer.answers("/app", "<R><Play>a b</Play></R>"), ringing)
    await ringing.has_done("fail")


async def test_documents_that_lead_in_a_circle(customer: CustomerServer, run: Run, call: PaperCall) -> None:
    customer.answers("/a", "<R><Redirect>/b</Redirect></R>")
    customer.answers("/b", "<R><Redirect>/a</Redirect></R>")
    await run(customer.url("/a"), call)
    assert len(customer.requests) == MOST_QUICK_DOCUMENTS
    assert call.codes == [11215]
    await call.has_done("fail")


async def test_a_circle_in_which_time_passes_is_none(customer: CustomerServer, run: Run, call: PaperCall) -> None:
    """Music on hold: plays, and begins anew."""
    run(customer.answers("/a", "<R><Pause/><Redirect>/a</Redirect></R>"), call)
    for _ in range(MOST_QUICK_DOCUMENTS + 10):
        await call.has_done("pause 1")
        await call.lets_pass(1)
    assert call.faults == []


async def test_the_next_sound_is_fetched_while_the_one_before_plays(
    customer: CustomerServer, run: Run, call: PaperCall
) -> None:
    run(customer.answers("/app", "<R><Play>/one.wav</Play><Play>/two.wav</Play></R>"), call)
    await call.has_done("play 1.0 s")
    await customer.is_asked("/two.wav")
    await call.lets_pass(1)
    await call.has_done("played", "play 2.0 s")
    assert len(customer.all_asked("/two.wav")) == 1


async def test_the_journal_tells_each_verb_in_and_out(customer: CustomerServer, run: Run, call: PaperCall) -> None:
    customer.answers("/end", HANGUP)
    await run(customer.answers("/app", '<R><Pause length="0"/>\n<Redirect method="get">/end</Redirect></R>'), call)
    facts = [{k: v for k, v in entry.items() if k not in ("call", "at", "kind")} for entry in call.journaled("verb")]
    assert facts == [
        {"name": "Pause", "attributes": {"length": "0"}, "line": 1},
        {"name": "Pause", "line": 1, "done": "done"},
        {"name": "Redirect", "attributes": {"method": "get", "text": "/end"}, "line": 2},
        {"name": "Redirect", "line": 2, "done": f"goes on with {customer.url('/end')}"},
        {"name": "Hangup", "attributes": {}, "line": 1},
        {"name": "Hangup", "line": 1, "done": "hang up"},
    ]


async def test_the_end_of_the_call_interrupts_a_verb(customer: CustomerServer, run: Run, call: PaperCall) -> None:
    """A verb never sees a hang-up: its task is cancelled."""
    running = run(customer.answers("/app", "<R><Play>/one.wav</Play></R>"), call)
    await call.has_done("play 1.0 s")
    running.cancel()
    await call.has_done("silenced")
    await call.lets_pass(0)
    assert running.cancelled()
    assert call.journaled("verb")[-1]["done"] == "interrupted"
    assert call.faults == []


async def test_the_end_of_the_call_interrupts_a_fetch(customer: CustomerServer, run: Run, call: PaperCall) -> None:
    running = run(customer.hangs("/app"), call)
    await customer.is_asked("/app")
    running.cancel()
    await call.lets_pass(0)
    assert running.cancelled()
    assert call.deeds == []
