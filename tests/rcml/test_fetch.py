"""Fetching a document: parameters, content types, statuses, and what the journal and the Notifications tell."""

import tracemalloc
from pathlib import Path
from typing import cast

import pytest

from ringback.calls.call import Call
from ringback.calls.notes import ERROR, WARNING
from ringback.rcml.fetch import MOST_KEPT, Document, DocumentFailed, Request, fetch_document
from ringback.rcml.services import Services
from ringback.rcml.verbs.hangup import Hangup
from ringback.rcml.verbs.play import Play
from ringback.rcml.verbs.say import Say
from ringback.testing.customer_server import CustomerServer
from tests.rcml.conftest import tone
from tests.rcml.paper_call import PaperCall

HANGUP = "<Response><Hangup/></Response>"


async def fetched(call: PaperCall, services: Services, url: str, method: str = "POST") -> Document:
    return await fetch_document(Request(url, method, (("Digits", "1"),)), cast(Call, call), services)


async def failure(call: PaperCall, services: Services, url: str) -> DocumentFailed:
    with pytest.raises(DocumentFailed) as caught:
        await fetched(call, services, url)
    assert caught.value.url == url
    return caught.value


async def test_post_carries_the_calls_parameters_and_then_the_further_ones(
    customer: CustomerServer, call: PaperCall, services: Services
) -> None:
    """Facts §1.7 and §1.8."""
    await fetched(call, services, customer.answers("/app", HANGUP) + "?x=1")
    asked = await customer.is_asked("/app")
    assert asked.method == "POST"
    assert asked.query == {"x": "1"}
    assert list(asked.form.items()) == [*call.parameters(), ("Digits", "1")]


async def test_get_carries_them_in_the_query(customer: CustomerServer, call: PaperCall, services: Services) -> None:
    document = await fetched(call, services, customer.answers("/app", HANGUP) + "?x=1", "GET")
    asked = await customer.is_asked("/app")
    assert (asked.method, asked.form) == ("GET", {})
    assert list(asked.query.items()) == [("x", "1"), *call.parameters(), ("Digits", "1")]
    assert document.page.url == customer.url("/app?x=1")


@pytest.mark.parametrize(
    "content_type",
    ["text/xml", "application/xml", "text/html", "TEXT/XML; charset=utf-8", "application/rcml+xml"],
)
async def test_documents(customer: CustomerServer, call: PaperCall, services: Services, content_type: str) -> None:
    """Facts §1.2."""
    document = await fetched(call, services, customer.answers("/app", HANGUP, content_type=content_type))
    assert [type(verb) for verb in document.verbs] == [Hangup]


@pytest.mark.parametrize("content_type", ["audio/wav", "audio/wave", "audio/x-wav", "audio/mpeg"])
async def test_a_sound_is_played(
    customer: CustomerServer, call: PaperCall, services: Services, content_type: str
) -> None:
    """Facts §1.2: `<Play>` of what was fetched; it is not asked for again, and may be larger than documents may."""
    url = customer.answers("/hold?x=1", tone(7), content_type=content_type).partition("?")[0]
    customer.answers("/hold", tone(7), content_type=content_type)
    document = await fetched(call, services, url + "?x=1")
    assert [type(verb) for verb in document.verbs] == [Play]
    play = document.verbs[0]
    assert isinstance(play, Play)
    assert (await document.page.sound(play.url)).seconds == 7
    assert len(customer.requests) == 1


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_an_endless_sound_is_never_held_in_memory(
    customer: CustomerServer, call: PaperCall, services: Services, tmp_path: Path
) -> None:
    url = customer.answers_endlessly("/endless", bytes(65_536), content_type="audio/wav")
    tracemalloc.start()
    try:
        assert (await failure(call, services, url)).fault.code == 11750
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 8_000_000
    assert not files_below(tmp_path)


async def test_plain_text_is_said(customer: CustomerServer, call: PaperCall, services: Services) -> None:
    """Facts §1.2: "unescaped, i.e. body may contain markup"."""
    text = " Grüße <b>&amp; \n".encode("latin-1")
    document = await fetched(call, services, customer.answers("/t", text, content_type="text/plain; charset=latin1"))
    say = document.verbs[0]
    assert isinstance(say, Say)
    assert say.text == "Grüße <b>&amp;"


@pytest.mark.parametrize("content_type", ["application/json", "", "video/mp4", "image/png", "rubbish"])
async def test_other_content_is_refused(
    customer: CustomerServer, call: PaperCall, services: Services, content_type: str
) -> None:
    """Facts §1.2: "[R] voice: log 12300 warning, hang up (or fallback when initial)"."""
    failed = await failure(call, services, customer.answers("/app", "{}", content_type=content_type))
    assert (failed.fault.code, failed.fault.level) == (12300, WARNING)
    assert "Content-Type" in failed.message or content_type in failed.message


async def test_not_found(customer: CustomerServer, call: PaperCall, services: Services) -> None:
    """Facts §1.5: W 21402, and SIP 404 for a caller who still waits."""
    url = customer.url("/missing")
    failed = await failure(call, services, url)
    assert (failed.fault.code, failed.fault.level, failed.sip_status) == (21402, WARNING, 404)
    assert failed.message == f"URL Not Found : {url}"


@pytest.mark.parametrize("status", [201, 204, 302, 400, 403, 500, 503])
async def test_only_200_is_success(customer: CustomerServer, call: PaperCall, services: Services, status: int) -> None:
    """Facts §1.5."""
    failed = await failure(call, services, customer.answers("/app", HANGUP, status=status))
    assert (failed.fault.code, failed.fault.level, failed.sip_status) == (11200, ERROR, 500)
    assert str(status) in failed.message


async def test_bad_markup_has_a_place(customer: CustomerServer, call: PaperCall, services: Services) -> None:
    failed = await failure(call, services, customer.answers("/app", "<Response>\n  <Say>hello</Response>"))
    assert (failed.fault.code, failed.fault.level, failed.fault.line) == (12100, ERROR, 2)
    assert failed.fault.column


async def test_faults_of_a_document_that_runs(customer: CustomerServer, call: PaperCall, services: Services) -> None:
    document = await fetched(call, services, customer.answers("/app", "<Response><Foo/>\n<Hangup/></Response>"))
    assert [(fault.code, fault.line, fault.column) for fault in document.faults] == [(12200, 1, 11)]


async def test_what_is_too_large(customer: CustomerServer, call: PaperCall, services: Services) -> None:
    failed = await failure(call, services, customer.answers("/app", "<Response>" + " " * 100_000 + "</Response>"))
    assert failed.fault.code == 11750


async def test_what_cannot_be_fetched(customer: CustomerServer, call: PaperCall, services: Services) -> None:
    assert (await failure(call, services, customer.hangs("/app"))).fault.code == 11205
    assert (await failure(call, services, customer.answers_rubbish("/rubbish"))).fault.code == 11206
    assert (await failure(call, services, "http://h/a b")).fault.code == 11100
    assert [entry["url"] for entry in call.journaled("fetch")] == [
        customer.url("/app"),
        customer.url("/rubbish"),
        "http://h/a b",
    ]
    assert all("error" in entry for entry in call.journaled("fetch"))


async def test_the_journal_tells_the_request_and_the_answer(
    customer: CustomerServer, call: PaperCall, services: Services
) -> None:
    customer.redirects("/old", "/app")
    customer.answers("/app", HANGUP, headers={"X-Seen": "yes"})
    document = await fetched(call, services, customer.url("/old"))
    entry = call.journaled("fetch")[0]
    assert (entry["url"], entry["method"], entry["status"]) == (customer.url("/old"), "POST", 200)
    assert entry["form"] == {**dict(call.parameters()), "Digits": "1"}
    assert (entry["content_type"], entry["body"]) == ("text/xml", HANGUP)
    assert entry["redirects"] == [customer.url("/old")]
    assert entry["ms"] >= 0
    assert document.page.url == customer.url("/app")
    facts = call.last_request
    assert facts is not None
    assert (facts.url, facts.method, facts.response_body) == (customer.url("/old"), "POST", HANGUP)
    assert facts.encoded == "CallSid=CA1&From=alice&To=1234&CallStatus=in-progress&Digits=1"
    assert "X-Seen: yes" in (facts.response_headers or "")


async def test_long_and_binary_bodies_are_cut(customer: CustomerServer, call: PaperCall, services: Services) -> None:
    await fetched(call, services, customer.answers("/app", "<R>" + "x" * 90_000 + "</R>"))
    await fetched(call, services, customer.answers("/sound", tone(1), content_type="audio/wav"))
    long, binary = (entry["body"] for entry in call.journaled("fetch"))
    assert len(long) < MOST_KEPT + 50
    assert long.endswith("… (90007 octets)")
    assert binary == f"({len(tone(1))} octets)"


async def test_a_password_in_a_url_is_used_and_not_kept(
    customer: CustomerServer, call: PaperCall, services: Services
) -> None:
    url = customer.answers("/app", HANGUP).replace("//", "//me:secret@")
    await fetched(call, services, url)
    assert (await customer.is_asked("/app")).headers["Authorization"].startswith("Basic ")
    await failure(call, services, url + "/gone")
    assert "secret" not in f"{call.entries} {call.last_request}"
