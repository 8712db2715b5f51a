"""A call: what the customer's document does things to, and what the record, the journal and the callbacks tell of."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC
from typing import Any

import structlog

from ringback.calls.callbacks import Callback, Callbacks, event_of
from ringback.calls.collect import Collect
from ringback.calls.ledger import Ledger
from ringback.calls.leg import Leg
from ringback.calls.notes import Fault, Notes, RequestFacts
from ringback.calls.outcome import Outcome
from ringback.calls.state import FINAL, IN_PROGRESS, TRANSITIONS, Trigger
from ringback.kernel.clock import Clock
from ringback.kernel.errors import Refusal
from ringback.kernel.journal import Journal
from ringback.kernel.tasks import Part, until
from ringback.media.engine import Engine
from ringback.media.sound import Sound
from ringback.sip.session import CallEnded
from ringback.store.calls import CallRecord

_log = structlog.get_logger("ringback.calls")
Script = Callable[[], Coroutine[Any, Any, None]]


class Call:
    """One call of an account. It is over when `over` resolves; whatever runs on it is cancelled then."""

    def __init__(
        self,
        record: CallRecord,
        *,
        journal: Journal,
        clock: Clock,
        engine: Engine,
        ledger: Ledger,
        notes: Notes,
        callbacks: Callbacks,
        callback: Callback | None = None,
        sip_headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.record = record
        self.journal = journal
        self.clock = clock
        self.callback = callback
        self.last_request: RequestFacts | None = None
        self.over: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.gone = asyncio.Event()  # after `over`: the record is kept, nothing is left of the call
        self.leg: Leg | None = None
        self._engine = engine
        self._ledger = ledger
        self._notes = notes
        self._callbacks = callbacks
        self._sip_headers = tuple(sip_headers)
        self._next_script: Script | None = None
        self._running: Part | None = None
        self._told = 0

    # -- what it is

    @property
    def sid(self) -> str:
        return self.record.sid

    @property
    def account_sid(self) -> str:
        return self.record.account_sid

    @property
    def direction(self) -> str:
        return self.record.direction

    @property
    def from_(self) -> str:
        return self.record.from_

    @property
    def to(self) -> str:
        return self.record.to

    @property
    def api_version(self) -> str:
        return self.record.api_version

    @property
    def caller_name(self) -> str | None:
        return self.record.caller_name

    @property
    def forwarded_from(self) -> str | None:
        return self.record.forwarded_from

    @property
    def status(self) -> str:
        return self.record.status

    @property
    def answered(self) -> bool:
        return self.record.status == IN_PROGRESS

    @property
    def identity(self) -> list[tuple[str, str]]:
        """The headers by which the other side of SIP can name this call."""
        return [
            ("X-RestComm-ApiVersion", self.api_version),
            ("X-RestComm-AccountSid", self.account_sid),
            ("X-RestComm-CallSid", self.sid),
        ]

    def parameters(self) -> list[tuple[str, str]]:
        """The standard parameters of every request to the customer's server, in order; those without value left out."""
        created = self.record.date_created.astimezone(UTC).isoformat(timespec="milliseconds")
        standard: list[tuple[str, str | None]] = [
            ("CallSid", self.sid),
            ("AccountSid", self.account_sid),
            ("From", self.from_),
            ("To", self.to),
            ("CallStatus", self.status),
            ("ApiVersion", self.api_version),
            ("Direction", self.direction),
            ("CallerName", self.caller_name),
            ("ForwardedFrom", self.forwarded_from),
            ("ParentCallSid", self.record.parent_call_sid),
            ("CallTimestamp", created.replace("+00:00", "Z")),
        ]
        custom = [(f"SipHeader_{name}", value) for name, value in self._sip_headers]
        return [(name, value) for name, value in standard if value] + custom

    # -- what can be done with it

    async def answer(self) -> None:
        """Takes an incoming call that still rings: 200, and back with the ACK. Nothing for any other call."""
        if self.answered or self.over.done() or self.direction != "inbound" or self.leg is None:
            return
        try:
            await self.leg.answer(self._engine, self.identity)
        except CallEnded:
            await _until_cancelled()
        except Refusal as refusal:  # no sound can be had
            await self.notify(refusal.code or 12400, refusal.message)
            self.end(Outcome(Trigger.BROKE, refusal.message, refusal.sip_status or 503))
            await _until_cancelled()
        self._enter(Trigger.ANSWERED)

    async def reject(self, reason: str) -> None:
        """Refuses a call that still rings: 486 for ``busy``, else 603. Nothing once it is answered."""
        if not self.answered:
            self.end(Outcome(Trigger.WAS_BUSY, f"rejected ({reason})", 486 if reason == "busy" else 603))

    async def hang_up(self, failed: str | None = None, sip_status: int = 500) -> None:
        """Ends the call. An unanswered caller gets ``sip_status``; ``failed`` tells why it is no good end."""
        well = failed is None and self.answered
        trigger = Trigger.ENDED_WELL if well else Trigger.BROKE
        self.end(Outcome(trigger, failed or "the document ended", 0 if self.answered else sip_status))

    def end(self, outcome: Outcome) -> None:
        """The call is over, with this outcome; later ones change nothing."""
        if not self.over.done():
            self.over.set_result(outcome)

    async def play(self, sound: Sound, loop: int = 1) -> None:
        """Plays ``sound`` ``loop`` times (0: endlessly) to its end; when cancelled, silent within one tick."""
        await self.answer()
        if self.leg is None or self.leg.stream is None:
            return
        playback = self.leg.stream.play(sound, loop)
        self.journal.add("play", what=sound.path.name, ms=int(sound.seconds * 1000), loop=loop)
        how = "interrupted"
        try:
            how = str(await playback)
        finally:
            playback.stop()
            self.journal.add("play", what=sound.path.name, done=how)

    async def pause(self, seconds: float) -> None:
        """Waits; does not answer."""
        await self.clock.sleep(seconds)

    def collect(self, *, most: int | None, finish: str, timeout: float, start: str = "0123456789*#") -> Collect:
        """Collects keys of the caller, from the moment the block is entered. The call must have been answered."""
        assert self.leg is not None
        return Collect(self.leg, self.clock, most=most, finish=finish, timeout=timeout, start=start)

    async def notify(
        self, code: int, message: str, *, level: int = 0, line: int | None = None, column: int | None = None
    ) -> None:
        """Keeps a fault with the call: in its journal and among the account's Notifications."""
        self._note(Fault(code, message, level, line, column), self.last_request)

    def _note(self, fault: Fault, request: RequestFacts | None) -> None:
        self.journal.add(
            "fault",
            code=fault.code,
            level=fault.level,
            message=fault.message,
            line=fault.line,
            column=fault.column,
            url=request.url if request else None,
        )
        self._notes.write(self.account_sid, fault, call_sid=self.sid, request=request)

    # -- its life

    async def attend(self, story: Coroutine[Any, Any, None]) -> None:
        """Runs ``story`` until it ends or the call is over; then it is cancelled, and has ended on return."""
        telling = Part()
        self.over.add_done_callback(lambda _: telling.stop())
        await telling.run(story)

    async def follow(self, script: Script) -> None:
        """Runs ``script`` to its end; `move` replaces it by another at once, also before it began."""
        while True:
            script, self._next_script = self._next_script or script, None
            self._running = Part()
            try:
                await self._running.run(script())
            finally:
                self._running = None
            if self._next_script is None:
                return

    def move(self, script: Script) -> None:
        """The running script is given up and ``script`` runs instead; a ringing call runs it when it is answered."""
        self._next_script = script
        if self._running is not None:
            self._running.stop()

    async def rang(self) -> None:
        """The callee's phone rings."""
        self._enter(Trigger.RANG)

    async def picked_up(self, leg: Leg) -> None:
        """The callee took the call on ``leg``."""
        self.leg = leg
        leg.on_over = self.end
        await until(self._enter(Trigger.ANSWERED))

    async def finish(self) -> None:
        """After `over`: closes the leg, keeps the final record, and then tells the customer."""
        outcome = self.over.result()
        if self.leg is not None:
            if not self.answered and outcome.sip_status == 0:
                outcome = Outcome(outcome.trigger, outcome.reason, 480, outcome.by_remote)
            try:
                await self.leg.close(outcome, self.identity)
            except Exception:  # whatever is wrong with the leg, the record is written
                _log.exception("a leg could not be closed")
        await until(self._enter(outcome.trigger, outcome.reason))

    async def begin(self) -> None:
        """Tells of the first state; the record is kept already."""
        self.journal.add("state", status=self.status)
        self._tell(_done())

    def _enter(self, trigger: Trigger, reason: str = "") -> "asyncio.Future[None]":
        """The state that follows; what is returned is done when the record says so. The customer is told after that."""
        status = TRANSITIONS.get((self.status, trigger))
        if status is None:
            return _done()
        self.journal.add("state", status=status, reason=reason or None)
        answered_by = self.to if self.direction != "inbound" else None
        kept = self._ledger.enter(self.record, status, answered_by=answered_by)
        self._tell(kept)
        return kept

    def _tell(self, kept: "asyncio.Future[None]") -> None:
        """The status callback of the present state, when it is wanted."""
        if self.callback is None or not self.callback.wants(self.status):
            return
        form = self.parameters()
        if self.status in FINAL:
            form.append(("CallDuration", str(self.record.duration)))
        if len(self.callback.events) > 1:
            form += self._progress()
        self._callbacks.send(self.callback, form, self._note, after=kept)

    def _progress(self) -> list[tuple[str, str]]:
        """What only those get who asked for several events."""
        self._told += 1
        stamp = self.clock.utc().strftime("%a, %d %b %Y %H:%M:%S +0000")
        return [
            ("CallEvent", event_of(self.status)),
            ("Timestamp", stamp),
            ("CallbackSource", "call-progress-events"),
            ("SequenceNumber", str(self._told - 1)),
        ]


def _done() -> "asyncio.Future[None]":
    """What is kept already."""
    kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    kept.set_result(None)
    return kept


async def _until_cancelled() -> None:
    """The call is over: who works on it is cancelled in a moment, and must not go on meanwhile."""
    await asyncio.get_running_loop().create_future()
