"""The ladder: the SIP messages of one call or registration, in order, with their times."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ringback.kernel.clock import Clock
from ringback.sip.message import Request, Response, parse_message

_CSEQ = re.compile(rb"^CSeq\s*:\s*\d+\s+(\S+)", re.IGNORECASE | re.MULTILINE)
_ARROWS = {"in": "←", "out": "→"}


@dataclass(frozen=True, slots=True)
class Step:
    """One message as it was on the wire; ``at`` in seconds since the ladder began."""

    at: float
    way: Literal["in", "out"]
    peer: str
    octets: bytes

    @property
    def message(self) -> Request | Response:
        """The message itself."""
        return parse_message(self.octets)

    @property
    def title(self) -> str:
        """``INVITE sip:1234@…`` or ``200 OK (INVITE)``."""
        line = self.octets.split(b"\r\n", 1)[0].decode("utf-8", "replace")
        if not line.startswith("SIP/2.0 "):
            return line.removesuffix(" SIP/2.0")
        cseq = _CSEQ.search(self.octets)
        return f"{line[8:]} ({cseq.group(1).decode('utf-8', 'replace')})" if cseq else line[8:]

    def __str__(self) -> str:
        return f"{self.at:8.3f} s  {_ARROWS[self.way]} {self.title}"


class Ladder:
    """Collects steps; `take` is a trace of the SIP stack. ``on_step`` hears each at once."""

    def __init__(self, clock: Clock, on_step: Callable[[Step], None] | None = None) -> None:
        self._clock = clock
        self._begun = clock.now()
        self.on_step = on_step
        self.steps: list[Step] = []

    def take(self, way: Literal["in", "out"], peer: str, octets: bytes) -> None:
        """Appends one message."""
        step = Step(self._clock.now() - self._begun, way, peer, octets)
        self.steps.append(step)
        if self.on_step is not None:
            self.on_step(step)

    def titles(self, way: Literal["in", "out"] | None = None) -> list[str]:
        """What was sent and received (or one of both), in order."""
        return [step.title for step in self.steps if way in (None, step.way)]

    def find(self, title: str, way: Literal["in", "out"] | None = None) -> Step | None:
        """The first step whose title begins with ``title`` ("INVITE", "180", "BYE")."""
        return next((s for s in self.steps if s.title.startswith(title) and way in (None, s.way)), None)

    def __str__(self) -> str:
        return "\n".join(str(step) for step in self.steps) or "   no SIP message yet"
