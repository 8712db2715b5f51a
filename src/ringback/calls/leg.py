"""A leg: one party of a call, its signalling (a SIP dialog) and its sound (a stream) together."""

import asyncio
import re
from collections.abc import Callable, Sequence

from ringback.calls.outcome import Outcome
from ringback.calls.state import Trigger, trigger_of
from ringback.kernel.errors import Refusal
from ringback.kernel.journal import Journal
from ringback.media.engine import Engine, Key, Stream
from ringback.media.negotiation import peer_of
from ringback.sip.message import Request
from ringback.sip.session import Ending, ServerCall, SipCall

Headers = Sequence[tuple[str, str]]
_SIGNAL = re.compile(rb"^\s*Signal\s*=\s*([0-9A-D*#])", re.IGNORECASE | re.MULTILINE)
_KEYS = re.compile(rb"\A\s*([0-9A-D*#]+)\s*\Z", re.IGNORECASE)


class Leg:
    """``name`` says which leg it is in the journal ("caller", "callee 1" …). `on_over` hears once how the leg ended."""

    def __init__(self, name: str, sip: SipCall, journal: Journal) -> None:
        self.name = name
        self.sip = sip
        self.stream: Stream | None = None
        self.on_key: Callable[[str, str], None] | None = None
        self._on_over: Callable[[Outcome], None] | None = None
        self._untold: Outcome | None = None
        self._journal = journal
        sip.on_info = self._hear_info
        sip.on_offer = self._answer_offer
        sip.ended.add_done_callback(lambda ended: self._tell_over(_outcome(ended.result())))

    @property
    def on_over(self) -> Callable[[Outcome], None] | None:
        """Who hears how the leg ended; at once, when it had ended before somebody wanted to hear."""
        return self._on_over

    @on_over.setter
    def on_over(self, tell: Callable[[Outcome], None] | None) -> None:
        self._on_over = tell
        if tell is not None and self._untold is not None:
            self._tell_over(self._untold)

    async def answer(self, engine: Engine, headers: Headers = ()) -> None:
        """Answers an incoming leg: 200 with our sound, then waits for the ACK. Raises `Refusal`: what to answer."""
        assert isinstance(self.sip, ServerCall)
        offer = self.sip.offer
        if self.stream is None:
            self.take(await engine.open(offer))
        assert self.stream is not None
        sdp = self.stream.offer() if offer is None else self.stream.answer(offer)
        acknowledged = await self.sip.answer(sdp, headers)
        if offer is None:
            if not acknowledged:
                raise Refusal("the ACK of an INVITE without an offer carries no answer", sip_status=488)
            self.stream.accept(acknowledged)

    def take(self, stream: Stream) -> None:
        """This stream is the leg's sound from now on."""
        self.stream = stream
        stream.on_key = self._hear_key
        stream.failed.add_done_callback(self._stream_failed)

    async def close(self, outcome: Outcome, headers: Headers = ()) -> None:
        """Ends the signalling as its state needs, then the sound, and journals the sound's summary."""
        self.sip.end(outcome.sip_status, outcome.reason if outcome.sip_status >= 300 else "", headers)
        self.sip.on_info = self.sip.on_offer = None
        if self.stream is not None:
            stream, self.stream = self.stream, None
            report = await stream.close()
            self._journal.add("media", leg=self.name, **report.facts())

    def _hear_key(self, key: Key) -> None:
        self._key(key.digit, key.how, key.ms)

    def _hear_info(self, request: Request) -> None:
        """Keys by SIP INFO: ``application/dtmf-relay`` (Signal=5), else the body is the keys themselves."""
        found = _SIGNAL.search(request.body) or _KEYS.match(request.body)
        for digit in found.group(1).decode().upper() if found else "":
            self._key(digit, "info", 0)

    def _key(self, digit: str, how: str, milliseconds: int) -> None:
        self._journal.add("key", leg=self.name, digit=digit, how=how, ms=milliseconds)
        if self.on_key is not None:
            self.on_key(digit, how)

    def _answer_offer(self, offer: bytes) -> bytes:
        if self.stream is None:
            raise Refusal("no sound is set up in this dialog", sip_status=488)
        return self.stream.answer(offer)

    def _stream_failed(self, failed: "asyncio.Future[str]") -> None:
        if not failed.cancelled():
            self._tell_over(Outcome(Trigger.BROKE, f"the media engine failed: {failed.result()}", 503))

    def _tell_over(self, outcome: Outcome) -> None:
        if self._on_over is None:
            self._untold = self._untold or outcome
            return
        tell, self._on_over, self._untold = self._on_over, None, None
        tell(outcome)


def judge_offer(offer: bytes | None) -> None:
    """Raises `Refusal` when no sound can be agreed on: better said before anything is done for the caller."""
    if offer is not None:
        peer_of(offer)


def _outcome(ending: Ending) -> Outcome:
    """What the end of a dialog means for the call."""
    match ending.cause:
        case "cancelled":
            return Outcome(Trigger.WAS_CANCELED, "the caller gave up", 487, by_remote=True)
        case "bye":
            return Outcome(Trigger.ENDED_WELL, "the other side hung up", by_remote=ending.by_remote)
        case "refused":
            return Outcome(
                trigger_of(ending.status), ending.reason or str(ending.status), ending.status, by_remote=True
            )
        case "local":
            return Outcome(Trigger.ENDED_WELL, ending.reason or "hung up")
        case _:
            return Outcome(Trigger.BROKE, ending.reason or ending.cause, ending.status)
