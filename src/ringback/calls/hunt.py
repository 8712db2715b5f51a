"""A hunt: rings several phones at once; who answers first has the call, the others are told to stop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ringback.calls.leg import Leg
from ringback.calls.outcome import Outcome, best_of
from ringback.calls.state import Trigger, trigger_of
from ringback.kernel.clock import Clock
from ringback.kernel.errors import Refusal
from ringback.kernel.journal import Journal, SipTrace
from ringback.media.engine import Engine, Stream
from ringback.sip.address import NameAddress
from ringback.sip.digest import Credentials
from ringback.sip.net.endpoint import Endpoint
from ringback.sip.session import CallRefused, ClientCall
from ringback.sip.uri import Uri


@dataclass(frozen=True, slots=True)
class Target:
    """One phone to ring; ``route``: where its registration came from ("udp:127.0.0.1:5061")."""

    uri: Uri
    route: str | None = None
    headers: Sequence[tuple[str, str]] = ()


class NobodyAnswered(Exception):
    """The hunt is over without an answer; ``outcome`` is what that means for the call."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Hunt:
    """``from_``: whom the phones show; ``headers`` go into every INVITE; ``rang`` is awaited at the first 18x."""

    def __init__(
        self,
        endpoint: Endpoint,
        engine: Engine,
        journal: Journal,
        clock: Clock,
        *,
        from_: NameAddress,
        headers: Sequence[tuple[str, str]] = (),
        credentials: Credentials | None = None,
        follow_redirects: bool = False,
        rang: Callable[[], Awaitable[None]],
    ) -> None:
        self._endpoint = endpoint
        self._engine = engine
        self._journal = journal
        self._clock = clock
        self._from = from_
        self._headers = tuple(headers)
        self._credentials = credentials
        self._follow_redirects = follow_redirects
        self._rang = rang

    async def run(self, targets: Sequence[Target], timeout: float) -> Leg:
        """The leg that answered within ``timeout`` seconds of ringing. Raises `NobodyAnswered`.

        Cancelling it stops all phones.
        """
        expired = asyncio.Event()
        timer = self._clock.call_later(timeout, expired.set)
        branches = [
            asyncio.ensure_future(self._ring(f"callee {number}" if len(targets) > 1 else "callee", target))
            for number, target in enumerate(targets, 1)
        ]
        waiting = asyncio.ensure_future(expired.wait())
        winner: Leg | None = None
        try:
            winner = await _first_success(branches, waiting)
        finally:
            timer.cancel()
            waiting.cancel()
            await self._stop(branches, winner)
        if winner is None:
            raise NobodyAnswered(self._verdict(branches, expired.is_set(), timeout))
        return winner

    def _verdict(self, branches: "list[asyncio.Task[Leg]]", expired: bool, timeout: float) -> Outcome:
        if expired:
            return Outcome(Trigger.TIMED_OUT, f"no answer within {timeout:g} s")
        failures = [branch.exception() for branch in branches if not branch.cancelled()]
        for failure in failures:
            if failure is not None and not isinstance(failure, NobodyAnswered):
                raise failure
        return best_of([failure.outcome for failure in failures if isinstance(failure, NobodyAnswered)])

    async def _stop(self, branches: "list[asyncio.Task[Leg]]", winner: Leg | None) -> None:
        for branch in branches:
            branch.cancel()
        await asyncio.gather(*branches, return_exceptions=True)
        for branch in branches:
            if not branch.cancelled() and branch.exception() is None and branch.result() is not winner:
                await branch.result().close(Outcome(Trigger.WAS_CANCELED, "another phone was quicker"))

    async def _ring(self, name: str, target: Target) -> Leg:
        """Rings one phone; its leg when it answers."""
        stream = await self._engine.open()
        try:
            return await self._invite(name, target, stream, redirects=1 if self._follow_redirects else 0)
        except Refusal as refusal:  # the phone's answer cannot be understood, or there is no way to it
            raise NobodyAnswered(Outcome(Trigger.BROKE, refusal.message, refusal.sip_status)) from refusal
        except BaseException:
            await stream.close()
            raise

    async def _invite(self, name: str, target: Target, stream: Stream, redirects: int) -> Leg:
        sip = self._endpoint.invite(
            target.uri,
            sdp=stream.offer(),
            from_=self._from,
            headers=[*self._headers, *target.headers],
            credentials=self._credentials,
            route=target.route,
            trace=SipTrace(self._journal, name),
        )
        ringing = asyncio.ensure_future(self._tell_rang(sip))
        try:
            response = await sip.answered()
            stream.accept(response.sdp or b"")
            leg = Leg(name, sip, self._journal)
            leg.take(stream)
            return leg
        except CallRefused as refused:
            if redirects and (moved := _moved_to(refused)):
                return await self._invite(name, Target(moved, None, target.headers), stream, redirects - 1)
            raise NobodyAnswered(_refused(refused)) from refused
        except BaseException:
            sip.end()
            raise
        finally:
            ringing.cancel()

    async def _tell_rang(self, sip: ClientCall) -> None:
        await sip.rang.wait()
        await self._rang()


async def _first_success(branches: "list[asyncio.Task[Leg]]", expired: "asyncio.Task[Literal[True]]") -> Leg | None:
    pending: set[asyncio.Future[Any]] = {*branches, expired}
    while pending - {expired} and not expired.done():
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for branch in branches:
            if branch in done and branch.exception() is None:
                return branch.result()
    return None


def _moved_to(refused: CallRefused) -> Uri | None:
    """Where a 3xx answer sends us: its first contact."""
    if 300 <= refused.response.status < 400 and refused.response.contacts:
        return refused.response.contacts[0].uri
    return None


def _refused(refused: CallRefused) -> Outcome:
    status, reason = refused.response.status, refused.response.reason
    return Outcome(trigger_of(status), f"{status} {reason}", status, by_remote=True)
