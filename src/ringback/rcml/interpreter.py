"""Runs an application on a call: documents one after the other, in each the verbs one after the other."""

import asyncio
from itertools import zip_longest

from ringback.calls.call import Call
from ringback.calls.notes import ERROR, Fault
from ringback.kernel.errors import Refusal
from ringback.rcml.application import Application
from ringback.rcml.fetch import Document, DocumentFailed, Request, fetch_document
from ringback.rcml.page import Page
from ringback.rcml.services import Services
from ringback.rcml.verb import Next, NextDocument, NextVerb, TheEnd, Verb, VerbFailed

#: documents in a row that each ran for less than a second: then they lead in a circle
MOST_QUICK_DOCUMENTS = 100
_QUICK = 1.0
#: our code for such a circle: too many redirects
CIRCLE = 11215
#: an error that no other code fits
INTERNAL = 12400


async def interpret(application: Application, call: Call, services: Services) -> None:
    """Fetches the application's document and runs its verbs, and those of the documents that follow, to the end.

    Then, or when something fails, it ends the call; every fault goes to `call.notify`. When the call ends by itself
    or is moved, this is cancelled.
    """
    course = _Course(application, call, services)
    wanted: Request | None = Request(application.url, application.method)
    while wanted is not None:
        document = await course.open(wanted)
        wanted = None if document is None else await course.run(document)


class _Course:
    """The way of one call through an application's documents."""

    def __init__(self, application: Application, call: Call, services: Services) -> None:
        self._application = application
        self._call = call
        self._services = services
        self._fallback_left = bool(application.fallback_url)
        self._quick = 0

    async def open(self, request: Request) -> Document | None:
        """The document, or once that of the fallback; None when the call had to be ended."""
        try:
            document = await fetch_document(request, self._call, self._services)
        except DocumentFailed as failure:
            await self._tell(failure.fault)
            if (fallback := self._fallback(failure)) is not None:
                return await self.open(fallback)
            await self._call.hang_up(failed=failure.message, sip_status=failure.sip_status)
            return None
        for fault in document.faults:
            await self._tell(fault)
        return document

    def _fallback(self, failure: DocumentFailed) -> Request | None:
        """Tried once; told what it stands in for."""
        if not self._fallback_left or self._application.fallback_url is None:
            return None
        self._fallback_left = False
        told = (("ErrorCode", str(failure.code)), ("ErrorUrl", failure.url))
        return Request(self._application.fallback_url, self._application.fallback_method, told)

    async def run(self, document: Document) -> Request | None:
        """Runs the verbs; the next document that is wanted, or None: the call has been ended."""
        begun = self._call.clock.now()
        try:
            outcome = await self._verbs(document)
        finally:
            document.page.close()
        if isinstance(outcome, NextDocument):
            return await self._next(outcome, ran=self._call.clock.now() - begun)
        if outcome is not None:
            await self._end(outcome.reason)
        return None

    async def _verbs(self, document: Document) -> NextDocument | TheEnd | None:
        """None: a verb failed, and the call has been ended."""
        for verb, following in zip_longest(document.verbs, document.verbs[1:]):
            if following is not None:
                following.prepare(document.page)
            try:
                outcome = await self._one(verb, document.page)
            except Refusal as refusal:
                await self._fail(refusal, verb)
                return None
            if not isinstance(outcome, NextVerb):
                return outcome
        return TheEnd("the document ended" if document.verbs else "the document holds no verb")

    async def _one(self, verb: Verb, page: Page) -> Next:
        """One verb, with its entry and its end in the journal."""
        name, line = verb.name, verb.place.line
        self._call.journal.add("verb", name=name, attributes=dict(verb.written), line=line)
        reason = "failed"
        try:
            if not verb.before_answer:
                await self._call.answer()
            outcome = await verb.run(self._call, page)
            reason = outcome.reason
            return outcome
        except Refusal as refusal:
            reason = f"failed: {refusal.message}"
            raise
        except asyncio.CancelledError:
            reason = "interrupted"
            raise
        finally:
            self._call.journal.add("verb", name=name, line=line, done=reason)

    async def _next(self, outcome: NextDocument, ran: float) -> Request | None:
        self._quick = self._quick + 1 if ran < _QUICK else 0
        if self._quick < MOST_QUICK_DOCUMENTS:
            return Request(outcome.url, outcome.method, outcome.form)
        message = f"{self._quick} documents in a row led on within a second each, the last to {outcome.url}"
        await self._tell(Fault(CIRCLE, message))
        await self._call.hang_up(failed=message)
        return None

    async def _end(self, reason: str) -> None:
        await self._call.hang_up(failed=None if self._call.answered else f"{reason}, and the call was not answered")

    async def _fail(self, refusal: Refusal, verb: Verb) -> None:
        level = refusal.level if isinstance(refusal, VerbFailed) else ERROR
        await self._tell(Fault(refusal.code or INTERNAL, refusal.message, level, verb.place.line, verb.place.column))
        await self._call.hang_up(failed=f"<{verb.name}> failed: {refusal.message}")

    async def _tell(self, fault: Fault) -> None:
        await self._call.notify(fault.code, fault.message, level=fault.level, line=fault.line, column=fault.column)
