"""One call of the terminal telephone: shows it, presses, plays and says what was wished, records, reports."""

import asyncio
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringback.kernel.errors import RingbackError
from ringback.kernel.tasks import first_of
from ringback.media.engine import Key, StreamReport
from ringback.speech.speaker import Speaker
from ringback.testing.ear import Ear
from ringback.testing.failure import NotAsExpected
from ringback.testing.phone import Phone
from ringback.testing.phone_call import How, PhoneCall
from ringback.testing.recognise import RATE
from ringback.testing.terminal_display import Display, kind_of

#: seconds that a person listens before the first key
_LISTEN_FIRST = 1.0
#: seconds of silence after which a sound that was heard is told
_PAUSE = 0.6


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to do in each call."""

    digits: str = ""
    how: How | None = None
    say: str = ""
    play: Path | None = None
    record: Path | None = None
    seconds: float = 0.0  # hang up that long after the answer; 0: when the other side does


class TerminalCall:
    """Shows ``call`` from its answer to its end."""

    def __init__(self, call: PhoneCall, phone: Phone, wishes: Wishes, display: Display) -> None:
        self._call = call
        self._phone = phone
        self._wishes = wishes
        self._display = display
        self._told = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Until either side hangs up, the wished seconds are over, or ``stop`` is set."""
        doing = asyncio.ensure_future(self._do())
        try:
            await first_of(self._show(), self._limit(stop))
        finally:
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)
        await self._call.hangs_up()
        self._tell_sounds(at_end=True)
        self._keep_record()
        if self._call.report is not None:
            for line in quality(self._call.report):
                self._display.line(line)

    async def _limit(self, stop: asyncio.Event) -> None:
        waits: list[Any] = [stop.wait()]
        if self._wishes.seconds:
            waits.append(self._phone.clock.sleep(self._wishes.seconds))
        await first_of(*waits)

    async def _do(self) -> None:
        """What was wished, in turn; a failure is told and ends nothing."""
        wishes = self._wishes
        steps = [
            (wishes.say, self._say),
            (wishes.play, self._play),
            (wishes.digits, self._press),
        ]
        for wished, step in steps:
            if not wished:
                continue
            try:
                await step()
            except (RingbackError, NotAsExpected) as error:
                self._display.line(f"   {error}")

    async def _play(self) -> None:
        assert self._wishes.play is not None
        self._display.line(f"   plays {self._wishes.play}")
        await self._call.plays(self._wishes.play)

    async def _say(self) -> None:
        self._display.line(f"   says {self._wishes.say!r}")
        speaker = Speaker(self._phone.new_file().with_suffix(".spoken"))
        try:
            await self._call.plays(await speaker.say(self._wishes.say))
        finally:
            await speaker.close()

    async def _press(self) -> None:
        await self._phone.clock.sleep(_LISTEN_FIRST)
        for digit in self._wishes.digits:
            if digit == "w":
                await self._phone.clock.sleep(0.5)
                continue
            self._display.line(f"   presses {digit}")
            await self._call.presses(digit, how=self._wishes.how)

    async def _show(self) -> None:
        """The level of what is heard, four times a second, until the call is over."""
        while not self._call.is_over:
            if self._call.ear is not None:
                self._call.ear.listen()
                self._tell_sounds()
                self._display.meter(self._call.ear)
            await self._phone.clock.sleep(0.25)

    def _tell_sounds(self, *, at_end: bool = False) -> None:
        """A line for each sound that is over."""
        ear = self._call.ear
        if ear is None:
            return
        ear.listen()
        spans = ear.spans()
        if not at_end and spans and ear.seconds - spans[-1].end < _PAUSE:
            spans.pop()
        for span in spans[self._told :]:
            length = span.end - span.start
            self._display.line(f"   hears {kind_of(ear, span)} for {length:.1f} s, {span.level:.0f} dB")
        self._told = max(self._told, len(spans))

    def tell_key(self, key: Key) -> None:
        """The other side pressed a key."""
        self._display.line(f"   hears key {key.digit} ({key.how}, {key.ms} ms)")

    def _keep_record(self) -> None:
        if self._wishes.record is not None and self._call.ear is not None:
            write_wave(self._wishes.record, self._call.ear)
            self._display.line(f"   {self._call.ear.seconds:.1f} s recorded in {self._wishes.record}")


def write_wave(path: Path, ear: Ear) -> None:
    """All that was heard, as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(ear.samples.astype("<i2").tobytes())


def quality(report: StreamReport) -> list[str]:
    """The quality report, in two lines."""
    trip = "unknown" if report.round_trip_ms is None else f"{report.round_trip_ms:.1f} ms"
    return [
        f"   {report.codec} with {report.peer}: {report.sent} packets sent, {report.received} received, "
        f"{report.lost} lost, {report.late} late, {report.duplicate} doubled",
        f"   jitter {report.jitter_ms:.1f} ms, round trip {trip}, MOS {report.mos:.1f}",
    ]
