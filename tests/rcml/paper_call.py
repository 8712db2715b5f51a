"""A call on paper: what verbs use of a call, without telephone and sound, on a clock turned by hand."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from ringback.calls.collect import Collect
from ringback.calls.notes import Fault, RequestFacts
from ringback.kernel.clock import ManualClock
from ringback.kernel.journal import Entry, Journal
from ringback.media.sound import Sound


class Keypad:
    """Where `Collect` hears the keys: the part of a leg that it uses."""

    on_key: Any = None

    def press(self, digits: str) -> None:
        for digit in digits:
            if self.on_key is not None:
                self.on_key(digit, "event")


@dataclass
class PaperCall:
    """Writes down each deed: "answer", "play 2.0 s", "played", "silenced", "pause 3", "reject busy", "hang up" …"""

    answered: bool = True
    clock: ManualClock = field(default_factory=ManualClock)
    last_request: RequestFacts | None = None
    deeds: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    told_of: list[RequestFacts | None] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    failed: str | None = None
    sip_status: int = 0
    keypad: Keypad = field(default_factory=Keypad)

    def __post_init__(self) -> None:
        self.journal = Journal("CA1", self.clock, self.entries.append)
        self._news = asyncio.Event()

    # what verbs use

    def parameters(self) -> list[tuple[str, str]]:
        status = "in-progress" if self.answered else "ringing"
        return [("CallSid", "CA1"), ("From", "alice"), ("To", "1234"), ("CallStatus", status)]

    async def answer(self) -> None:
        if not self.answered:
            self._did("answer")
            self.answered = True

    async def reject(self, reason: str) -> None:
        self._did(f"reject {reason}")

    async def hang_up(self, failed: str | None = None, sip_status: int = 500) -> None:
        self.failed, self.sip_status = failed, sip_status
        self._did("hang up" if failed is None else "fail")

    async def play(self, sound: Sound, loop: int = 1) -> None:
        await self.answer()
        self._did(f"play {sound.seconds:.1f} s" + ("" if loop == 1 else f" x{loop}"))
        try:
            await self.clock.sleep(sound.seconds * loop if loop else 1e9)
        except asyncio.CancelledError:
            self._did("silenced")
            raise
        self._did("played")

    async def pause(self, seconds: float) -> None:
        self._did(f"pause {seconds:g}")
        await self.clock.sleep(seconds)

    def collect(self, *, most: int | None, finish: str, timeout: float, start: str = "0123456789*#") -> Collect:
        self._did(f"collect most={most} finish={finish} timeout={timeout:g} start={start}")
        return Collect(self.keypad, self.clock, most=most, finish=finish, timeout=timeout, start=start)  # type: ignore[arg-type]

    async def notify(
        self, code: int, message: str, *, level: int = 0, line: int | None = None, column: int | None = None
    ) -> None:
        self.faults.append(Fault(code, message, level, line, column))
        self.told_of.append(self.last_request)

    # what tests use

    def _did(self, deed: str) -> None:
        self.deeds.append(deed)
        self._news.set()

    async def has_done(self, *deeds: str) -> None:
        """Waits until these are all the deeds since it was asked last."""
        wanted = list(deeds)
        while len(self.deeds) < len(wanted):
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 5)
        assert self.deeds == wanted
        self.deeds.clear()

    async def has_begun(self, deed: str) -> None:
        """Waits until it does ``deed``."""
        while deed not in self.deeds:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 5)

    async def lets_pass(self, seconds: float) -> None:
        """Time passes; who had to wait for it waited before, and has run afterwards."""
        await _turns(10)
        self.clock.advance(seconds)
        await _turns(10)

    def journaled(self, kind: str) -> list[Entry]:
        return [entry for entry in self.entries if entry["kind"] == kind]

    @property
    def codes(self) -> list[int]:
        return [fault.code for fault in self.faults]


async def _turns(count: int) -> None:
    """The event loop goes round."""
    for _ in range(count):
        await asyncio.sleep(0)
