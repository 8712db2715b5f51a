"""One call of the telephone: what a person does with it, and what they hear. Every wait has a limit and tells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeVar

from ringback.kernel.errors import Refusal
from ringback.media.engine import Key, Stream, StreamReport
from ringback.sip.message import Response
from ringback.sip.session import CallEnded, CallRefused, ClientCall, Ending, ServerCall, SipCall
from ringback.testing.ear import Ear
from ringback.testing.failure import NotAsExpected, WasRefused
from ringback.testing.ladder import Ladder
from ringback.testing.recognise import BLOCK, RATE, Hearing, KnownSound, find
from ringback.testing.samples import SoundLike

if TYPE_CHECKING:
    from ringback.testing.phone import Phone

Found = TypeVar("Found")
How = Literal["event", "tone", "info"]
#: seconds between two looks at what is heard
_LOOK = 0.04
#: seconds for which the ear stays open after the other side hung up, beside what the jitter buffer holds back
_LINGER = 0.12
#: seconds that the engine may take to end a stream
_CLOSING = 5.0
#: seconds of a sound that are enough to recognise it
_ENOUGH = 0.4


class PhoneCall:
    """A call that the `Phone` makes or gets. ``at``-like moments are the clock's seconds."""

    def __init__(self, phone: Phone, sip: SipCall, ladder: Ladder, stream: Stream | None = None) -> None:
        self.sip = sip
        self.ladder = ladder
        self.keys = ""  # heard from the other side
        self.pressed_at = 0.0
        self.answered_at: float | None = None
        self.refused: CallRefused | None = None
        self.report: StreamReport | None = None
        self.ear: Ear | None = None
        self._phone = phone
        self._clock = phone.clock
        self._stream = stream
        self._place = 0  # up to where what was heard has been told
        self._over = asyncio.Event()
        self._answering: asyncio.Task[None] | None = None
        sip.on_offer = lambda offer: phone.shows(self.stream.answer(offer))
        sip.on_offer_wanted = lambda: phone.shows(self.stream.offer())
        sip.on_answer = lambda answer: self.stream.accept(answer)
        sip.ended.add_done_callback(lambda _: phone.tasks.start(self._hang_up_ears(), "a call's last sound"))
        if stream is not None:
            self._open_ear(stream)
        if isinstance(sip, ClientCall):
            self._answering = phone.tasks.start(self._take_answer(sip), "a call's answer")

    # the signalling

    @property
    def stream(self) -> Stream:
        """The sound. Raises `NotAsExpected` before there is any."""
        if self._stream is None:
            raise NotAsExpected(f"this call was not answered, it has no sound.\n{self}")
        return self._stream

    @property
    def is_over(self) -> bool:
        """Whether the call ended, by whomever."""
        return self.sip.ended.done()

    @property
    def is_up(self) -> bool:
        """Whether it was answered and goes on."""
        return self.answered_at is not None and not self.is_over

    @property
    def is_unreachable(self) -> bool:
        """Whether it failed without a word from the other side: nothing came back, or the network said so."""
        return self.refused is not None and self.refused.response.local

    def header(self, name: str, of: str = "INVITE") -> str | None:
        """The header ``name`` of the first message whose title begins with ``of`` ("180", "BYE")."""
        step = self.ladder.find(of)
        return None if step is None else step.message.headers.get(name)

    async def is_ringing(self, *, within: float = 5.0) -> PhoneCall:
        """Waits until the other side rings (180 or 183)."""
        assert isinstance(self.sip, ClientCall)
        rang = self.sip.rang
        await self._until(lambda: True if rang.is_set() else None, within, "ringing")
        return self

    async def is_answered(self, *, within: float = 10.0) -> PhoneCall:
        """Waits until the other side answers. Raises `WasRefused` when it does not."""
        await self._until(lambda: self.answered_at or (0.0 if self._over.is_set() else None), within, "an answer")
        if self.refused is not None:
            response = self.refused.response
            raise WasRefused("the call", response.status, response.reason, str(self))
        if self.answered_at is None:
            raise NotAsExpected(f"the call ended before an answer.\n{self}")
        return self

    async def is_refused(self, status: int | None = None, *, within: float = 10.0) -> int:
        """Waits for a final answer that is no 2xx (this ``status``, when given); the status."""
        await self._until(
            lambda: True if self._over.is_set() else None, within, f"a refusal with {status or 'any status'}"
        )
        if self.refused is None or (status is not None and self.refused.response.status != status):
            raise NotAsExpected(f"not refused{f' with {status}' if status else ''}.\n{self}")
        return self.refused.response.status

    def rings_only(self, status: int = 180) -> PhoneCall:
        """Rings (again), and nobody answers."""
        self._incoming.ring(status)
        return self

    def refuses(self, status: int = 486, reason: str = "") -> None:
        """Declines the call."""
        self._incoming.refuse(status, reason)

    async def answers(self) -> PhoneCall:
        """Lifts the receiver; returns when the other side has acknowledged."""
        incoming = self._incoming
        stream = await self._phone.engine.open(incoming.offer)
        self._stream = stream
        self._open_ear(stream)
        sdp = self._phone.shows(stream.offer() if incoming.offer is None else stream.answer(incoming.offer))
        try:
            acknowledged = await incoming.answer(sdp)
            if incoming.offer is None:
                stream.accept(acknowledged or b"")
        except CallEnded as ended:
            raise NotAsExpected(f"the call was over before it was up: {ended}.\n{self}") from None
        self.answered_at = self._clock.now()
        return self

    async def hangs_up(self) -> None:
        """Hangs up: a CANCEL, a refusal or a BYE, as it stands; returns when the sound is over too."""
        self.sip.end()
        await self._over.wait()

    async def wait_over(self) -> None:
        """Waits, without a limit, until the call is over and all of its sound was heard."""
        await self._over.wait()

    async def is_hung_up(self, *, within: float = 10.0) -> Ending:
        """Waits until the other side ends the call; how it ended."""
        await self._until(lambda: True if self._over.is_set() else None, within, "the other side hanging up")
        ending = self.sip.ended.result()
        if not ending.by_remote:
            raise NotAsExpected(f"the other side did not hang up: {ending.cause}.\n{self}")
        return ending

    @property
    def _incoming(self) -> ServerCall:
        assert isinstance(self.sip, ServerCall), "this call was made by the phone itself"
        return self.sip

    async def _take_answer(self, sip: ClientCall) -> None:
        try:
            response = await sip.answered()
        except CallRefused as refused:
            self.refused = refused
        except CallEnded:
            pass
        else:
            try:
                if sip.request.body:  # else the answer went with the ACK
                    self.stream.accept(response.body)
                self.answered_at = self._clock.now()
            except Refusal:
                sip.end()

    # the keys

    async def presses(self, digits: str, *, how: How | None = None, ms: int = 120) -> None:
        """Presses keys, each ``ms`` long: as telephone-events, as tones in the sound, or as SIP INFO.

        ``how`` None: as events when this phone knows them and they are agreed, else as tones. `pressed_at` is when the
        last key began.
        """
        if how is None and not self._phone.knows_events:
            how = "tone"
        for digit in digits:
            self.pressed_at = self._clock.now()
            if how == "info":
                await self._send_info(digit, ms)
            else:
                await self.stream.send_keys(digit, ms=ms, how=how)

    async def _send_info(self, digit: str, ms: int) -> None:
        body = f"Signal={digit}\r\nDuration={ms}\r\n".encode()
        answer = await self.sends("INFO", body, "application/dtmf-relay")
        if answer.status != 200:
            raise WasRefused(f"the key {digit} as SIP INFO", answer.status, answer.reason, str(self))

    async def sends(self, method: str, body: bytes = b"", content_type: str = "") -> Response:
        """Sends a request inside the call; its final answer."""
        return await self.sip.request_inside(method, body=body, content_type=content_type)

    async def hears_keys(self, digits: str, *, within: float = 5.0) -> None:
        """Waits until the other side has pressed ``digits``, after those that were heard before."""
        await self._until(lambda: True if digits in self.keys else None, within, f"the keys {digits}")
        self.keys = self.keys[self.keys.index(digits) + len(digits) :]

    def _hear_key(self, key: Key) -> None:
        self.keys += key.digit
        self._phone.on_key(self, key)

    # the sound

    async def plays(self, sound: SoundLike) -> None:
        """Plays ``sound`` into the call; returns when it is over."""
        await self.stream.play(await self._phone.playable(sound))

    async def hears(self, sound: SoundLike | str, *, within: float = 10.0) -> Hearing:
        """Waits until ``sound`` is recognised: as soon as 0.4 s of it, or all of a shorter one, were heard.

        A text is the name of one of the phone's `sounds`. What was heard before is not looked at again.
        """
        known = await self._phone.known(sound)
        enough = int(min(_ENOUGH * RATE, known.loud_samples * 0.8))
        return await self._recognises(sound, known, within, enough, None)

    async def hears_whole(self, sound: SoundLike | str, *, within: float | None = None) -> Hearing:
        """Waits until all of ``sound`` was heard. What may be missing is what this phone's own engine got too late or
        never, and concealed, as its quality report says: on a machine at rest, nothing.

        ``within`` None: its own length and 10 s.
        """
        known = await self._phone.known(sound)
        limit = known.length / RATE + 10 if within is None else within
        return await self._recognises(sound, known, limit, known.loud_samples, 0)

    async def _recognises(
        self, sound: object, known: KnownSound, within: float, enough: int, may_miss: int | None
    ) -> Hearing:
        """The next hearing that fits; looks when nearly ``enough`` samples came, and again, ever less often."""
        deadline = self._clock.now() + within
        place, looked_at, pause = self._place, 0, RATE // 10
        nearest: list[Hearing] = []

        def look() -> Hearing | None:
            nonlocal looked_at
            ear = self._listening()
            news = len(ear.samples) - looked_at >= pause and ear.sound_since(place) >= enough * 0.97
            if not news and not self._over.is_set():
                return None
            looked_at = len(ear.samples)
            return find(known, ear.samples, place)

        name = sound if isinstance(sound, str) else "the sound"
        while True:
            told = f"\nNearest: {nearest[-1]}" if nearest else ""
            hearing = await self._until(look, deadline - self._clock.now(), f"hearing {name}", told, within)
            if await self._fits(hearing, enough, may_miss):
                self._place = hearing.end
                return hearing
            nearest.append(hearing)
            pause = min(pause * 2, 2 * RATE)  # many calls at once must not spend the machine on looking
            if self._listening().sound_since(hearing.end) > RATE // 2 or self._over.is_set():
                place = hearing.end

    async def _fits(self, hearing: Hearing, enough: int, may_miss: int | None) -> bool:
        """Whether it is as long as was asked for; ``may_miss`` None: a part is enough."""
        if may_miss is None:
            return (hearing.end - hearing.start) >= enough
        if hearing.missed <= may_miss or hearing.missed > RATE:
            return hearing.missed <= may_miss
        report = await self.quality()
        packets = report.late + report.lost + report.ignored
        return hearing.missed <= may_miss + packets * BLOCK + report.concealed_ms * RATE // 1000

    async def hears_sound(self, *, within: float = 10.0, ms: int = 100) -> None:
        """Waits for any sound, ``ms`` of it."""
        await self._until(
            lambda: True if self._listening().sound_since(self._place) >= ms * RATE // 1000 else None, within, "a sound"
        )
        self._place = len(self._listening().samples)

    async def hears_speech(self, *, within: float = 10.0) -> None:
        """Waits for a third of a second of any sound: a voice, whatever it says."""
        await self.hears_sound(within=within, ms=330)

    async def hears_silence(self, seconds: float, *, within: float | None = None) -> None:
        """Waits until nothing was heard for ``seconds``, beginning now (``within`` None: 5 s more than that)."""
        place = len(self._listening().samples)
        limit = seconds + 5 if within is None else within
        wanted = int(seconds * RATE)
        await self._until(
            lambda: True if self._listening().silence_since(place) >= wanted else None, limit, f"{seconds:g} s silence"
        )

    async def heard_sound_ms(self, *, after: float = 0.0) -> int:
        """How many milliseconds of sound were heard from the clock's moment ``after`` until now."""
        now = self._listening().place_of(self._clock.now())
        await self._until(lambda: True if self._has_arrived(now) else None, 3.0, "what was heard until now")
        ear = self._listening()
        return ear.sound_since(ear.place_of(after)) * 1000 // RATE

    async def heard_sound_for(self, *, ms: int, after: float = 0.0) -> bool:
        """Whether sound was heard for ``ms`` milliseconds or more, from the clock's moment ``after`` until now."""
        return await self.heard_sound_ms(after=after) >= ms

    def _has_arrived(self, place: int) -> bool:
        """The engine writes what is heard a little later."""
        return self._over.is_set() or len(self._listening().samples) >= place

    async def quality(self) -> StreamReport:
        """How the sound is doing, or how it did."""
        return self.report if self.report is not None else await self.stream.report()

    def _open_ear(self, stream: Stream) -> None:
        path = self._phone.new_file()
        self._capture = stream.capture(path)
        self.ear = Ear(path, self._clock.now())
        stream.on_key = self._hear_key

    def _listening(self) -> Ear:
        if self.ear is None:
            raise NotAsExpected(f"this call was not answered, nothing can be heard.\n{self}")
        self.ear.listen()
        return self.ear

    async def _hang_up_ears(self) -> None:
        """The call is over: hears what is still on its way, then ends the sound."""
        try:
            if self._answering is not None:
                await self._answering
            if self._stream is not None:
                if self.answered_at is not None and self.sip.ended.result().by_remote:
                    await self._hear_the_rest(self._stream)
                self.report = await asyncio.wait_for(self._stream.close(), _CLOSING)
        finally:
            self._over.set()
            self._phone.on_call_over(self)

    async def _hear_the_rest(self, stream: Stream) -> None:
        """What the jitter buffer still holds back."""
        report = await asyncio.wait_for(stream.report(), _CLOSING)
        await self._clock.sleep(_LINGER + report.delay_ms / 1000)

    # waiting, and telling

    async def _until(
        self, look: Callable[[], Found | None], within: float, what: str, more: str = "", limit: float | None = None
    ) -> Found:
        """Looks until something is found, for ``within`` seconds (of ``limit`` in all) or until the call is over."""
        deadline = self._clock.now() + within
        while True:
            was_over = self._over.is_set()
            found = look()
            if found is not None:
                return found
            if was_over:
                raise NotAsExpected(f"waited for {what}, but the call ended before.{more}\n{self}")
            if self._clock.now() >= deadline:
                raise NotAsExpected(
                    f"waited {within if limit is None else limit:g} s for {what} in vain.{more}\n{self}"
                )
            await self._clock.sleep(_LOOK)

    def __str__(self) -> str:
        """The messages, and what was heard."""
        lines = ["SIP:", str(self.ladder)]
        if self.ear is not None:
            self.ear.listen()
            spans = [f"  {span}{self._phone.name_of(self.ear, span)}" for span in self.ear.spans()]
            lines += [f"Heard ({self.ear.seconds:.2f} s):", *(spans or ["  nothing but silence"])]
        if self.report is not None:
            lines.append(
                "Sound: " + ", ".join(f"{name} {value}" for name, value in self.report.facts().items() if value)
            )
        if self.keys:
            lines.append(f"Keys heard: {self.keys}")
        if self.is_over:
            ending = self.sip.ended.result()
            whom = "the other side" if ending.by_remote else "us"
            lines.append(f"Ended by {whom}: {ending.cause} {ending.status or ''} {ending.reason}".rstrip())
        return "\n".join(lines)
