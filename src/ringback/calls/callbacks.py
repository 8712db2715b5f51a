"""Status callbacks: telling the customer's server what became of a call, in order, and again when it does not hear.

Specification, tables 4.10 and 4.14 (StatusCallback), and the callbacks of the facts beside it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from ringback.calls.notes import ERROR, Fault, RequestFacts
from ringback.calls.state import FINAL, IN_PROGRESS, QUEUED, RINGING
from ringback.kernel.clock import Clock
from ringback.kernel.journal import Journal
from ringback.kernel.tasks import Tasks
from ringback.web.fetcher import Fetched, Fetcher, FetchFailed

_log = structlog.get_logger("ringback.callbacks")

#: seconds to wait before each further try of a callback that did not arrive
PAUSES = (1.0, 4.0, 15.0)
_MOST_OCTETS = 65_536
GivenUp = Callable[[Fault, RequestFacts], None]
_EVENTS = {QUEUED: "initiated", RINGING: "ringing", IN_PROGRESS: "answered"} | dict.fromkeys(FINAL, "completed")


@dataclass(frozen=True, slots=True)
class Callback:
    """Where a call's changes are told: ``events`` of initiated, ringing, answered, completed."""

    url: str
    method: str = "POST"
    events: Sequence[str] = ("completed",)

    def wants(self, status: str) -> bool:
        return _EVENTS[status] in self.events


def event_of(status: str) -> str:
    """The event by which a callback knows the status: initiated, ringing, answered, completed."""
    return _EVENTS[status]


class Callbacks:
    """The callbacks of one call: each is asked in turn, so that the customer hears them in order."""

    def __init__(self, fetcher: Fetcher, clock: Clock, tasks: Tasks, journal: Journal) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._tasks = tasks
        self._journal = journal
        self._last: asyncio.Task[None] | None = None

    def send(
        self, callback: Callback, form: list[tuple[str, str]], given_up: GivenUp, *, after: "asyncio.Future[None]"
    ) -> None:
        """Queues one request, to be made when ``after`` is done; ``given_up`` hears the fault when it never arrived."""
        before = [after] if self._last is None else [after, self._last]
        self._last = self._tasks.start(self._send_after(before, callback, form, given_up), "status callback")

    async def _send_after(
        self,
        before: "list[asyncio.Future[None]]",
        callback: Callback,
        form: list[tuple[str, str]],
        given_up: GivenUp,
    ) -> None:
        await asyncio.wait(before)
        failure = await self._try(callback, form)
        for pause in PAUSES:
            if failure is None:
                return
            await self._clock.sleep(pause)
            failure = await self._try(callback, form)
        if failure is not None:
            _log.warning("a status callback was given up", url=callback.url, reason=failure)
            request = RequestFacts(callback.url, callback.method, form)
            given_up(Fault(11205, f"The status callback {callback.url} was given up: {failure}", ERROR), request)

    async def _try(self, callback: Callback, form: list[tuple[str, str]]) -> str | None:
        """None when it arrived (the server answered, with whatever but 5xx), else why not."""
        facts = {"url": callback.url, "method": callback.method, "form": dict(form), "purpose": "status callback"}
        try:
            answer: Fetched = await self._fetcher.fetch(
                callback.url, method=callback.method, form=form, limit=_MOST_OCTETS
            )
        except FetchFailed as failure:
            self._journal.add("fetch", **facts, error=failure.message)
            return failure.message
        self._journal.add("fetch", **facts, status=answer.status, ms=answer.ms)
        return f"the server answered {answer.status}" if answer.status >= 500 else None
