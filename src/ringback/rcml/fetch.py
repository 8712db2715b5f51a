"""Fetches a document for a call: asks with the call's parameters, and makes verbs of whatever kind of content comes."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from ringback.calls.call import Call
from ringback.calls.notes import ERROR, WARNING, Fault, RequestFacts
from ringback.kernel.errors import Refusal
from ringback.kernel.settings import Fetch
from ringback.rcml.document import BadDocument, parse
from ringback.rcml.page import Page
from ringback.rcml.reader import Reading, read
from ringback.rcml.services import Services
from ringback.rcml.verb import Verb
from ringback.rcml.verbs.play import Play
from ringback.rcml.verbs.say import Say
from ringback.web.failure import FetchFailed, without_password
from ringback.web.fetched import Fetched

#: codes of the facts' §4
URL_NOT_FOUND = 21402
BAD_STATUS = 11200
BAD_CONTENT_TYPE = 12300
#: characters of a body that journal and Notifications keep
MOST_KEPT = 4096
_MARKUP = ("text/xml", "application/xml", "text/html")


class Request(msgspec.Struct, frozen=True, gc=False):
    """A document that is wanted; ``form`` comes after the call's own parameters."""

    url: str
    method: str
    form: Sequence[tuple[str, str]] = ()


class Document(msgspec.Struct, frozen=True):
    """Verbs in order, the page they stand on, and what was wrong with them."""

    page: Page
    verbs: Sequence[Verb]
    faults: Sequence[Fault] = ()


class DocumentFailed(Refusal):
    """No document came: ``fault`` for the Notification; ``sip_status`` for a caller who still waits."""

    def __init__(self, fault: Fault, url: str, sip_status: int = 500) -> None:
        super().__init__(fault.message, code=fault.code, sip_status=sip_status)
        self.fault = fault
        self.url = url


async def fetch_document(request: Request, call: Call, services: Services) -> Document:
    """The document that the customer's server answers ``request`` with. Raises `DocumentFailed`.

    The request and its answer are kept in the call's journal, and as what its Notifications will tell.
    """
    form = [*call.parameters(), *request.form]
    shown = without_password(request.url)
    call.last_request = RequestFacts(shown, request.method, form)
    facts: dict[str, Any] = {"url": shown, "method": request.method, "form": dict(form), "purpose": "document"}
    delivery = services.sounds.delivery()
    try:
        answer = await services.fetcher.fetch(
            request.url,
            method=request.method,
            form=form,
            limit=lambda kind: _limit(kind, services.settings.fetch),
            into=lambda kind: delivery.open() if _is_sound(kind) else None,
        )
        held = await delivery.keep() if answer.status == 200 and _is_sound(answer.content_type) else None
    except FetchFailed as failure:
        call.journal.add("fetch", **facts, error=failure.message)
        raise DocumentFailed(Fault(failure.code, failure.message), request.url) from failure
    finally:
        delivery.close()
    body = _shown(answer)
    call.last_request = msgspec.structs.replace(
        call.last_request, response_headers=_headers(answer), response_body=body
    )
    call.journal.add(
        "fetch",
        **facts,
        status=answer.status,
        ms=answer.ms,
        content_type=answer.content_type,
        body=body,
        redirects=list(answer.redirects) or None,
    )
    return _document(answer, held, request, Page(answer.url, services, call.journal))


def _is_sound(content_type: str) -> bool:
    return content_type.startswith("audio/")


def _limit(content_type: str, settings: Fetch) -> int:
    return settings.max_sound if _is_sound(content_type) else settings.max_document


def _document(answer: Fetched, sound: Path | None, request: Request, page: Page) -> Document:
    """Facts §1.2 and §1.5: only 200 is success, and the Content-Type says what it is."""
    if answer.status == 404:
        raise DocumentFailed(
            Fault(URL_NOT_FOUND, f"URL Not Found : {without_password(request.url)}", WARNING), request.url, 404
        )
    if answer.status != 200:
        message = f"{without_password(request.url)} answered {answer.status}; a document comes with 200"
        raise DocumentFailed(Fault(BAD_STATUS, message), request.url)
    if answer.content_type in _MARKUP or answer.content_type.endswith("+xml"):
        return _from_markup(answer, page, request)
    if sound is not None:
        page.hold_sound(sound)
        return Document(page, [Play(url=page.url)])
    if answer.content_type == "text/plain":
        return Document(page, [Say(text=_text(answer).strip())])
    message = (
        f"{without_password(request.url)} answered with {answer.content_type or 'no Content-Type'}: "
        "text/xml is a document, text/plain is said, audio is played"
    )
    raise DocumentFailed(Fault(BAD_CONTENT_TYPE, message, WARNING), request.url)


def _from_markup(answer: Fetched, page: Page, request: Request) -> Document:
    try:
        reading = _reading_of(answer.body, answer.charset)
    except BadDocument as bad:
        fault = Fault(bad.code, bad.message, ERROR, bad.place.line, bad.place.column)
        raise DocumentFailed(fault, request.url) from bad
    return Document(page, reading.verbs, reading.faults)


def _reading_of(body: bytes, charset: str | None) -> Reading:
    """Raises `BadDocument`. Verbs hold nothing of a call: most calls get a document that another one got before."""
    return _read_again(body, charset) if len(body) <= _MOST_REMEMBERED else read(parse(body, charset))


#: octets of a document above which it is not remembered
_MOST_REMEMBERED = 8192
_read_again = lru_cache(maxsize=256)(lambda body, charset: read(parse(body, charset)))


def _text(answer: Fetched) -> str:
    try:
        return answer.body.decode(answer.charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return answer.body.decode("utf-8", "replace")


def _shown(answer: Fetched) -> str:
    """The beginning of the body, as far as it is text."""
    textual = answer.content_type.startswith("text/") or answer.content_type.endswith(("xml", "json"))
    if not textual and answer.size:
        return f"({answer.size} octets)"
    shown = _text(answer)
    return shown if len(shown) <= MOST_KEPT else f"{shown[:MOST_KEPT]}… ({len(answer.body)} octets)"


def _headers(answer: Fetched) -> str:
    return "\n".join(f"{name}: {value}" for name, value in answer.headers)
