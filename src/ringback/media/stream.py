"""A stream as the control side sees it: offer and answer, play, keys, capture, report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ringback.media.sound import Sound

How = Literal["event", "tone"]
Outcome = Literal["played", "interrupted", "closed"]


@dataclass(frozen=True, slots=True)
class Key:
    """A key that the peer pressed: once a press, however many packets told of it."""

    digit: str  #: 0-9 * # A-D
    how: How  #: an RFC 4733 event, or the tone in the sound itself
    ms: int  #: how long it was known to be held when it was reported
    at: float  #: `time.monotonic` seconds when it was heard


@dataclass(frozen=True, slots=True)
class StreamReport:
    """What a telephone engineer asks for about one stream."""

    codec: str = ""
    local: str = ""  #: address:port
    peer: str = ""  #: address:port that we send to
    sent: int = 0  #: RTP packets
    received: int = 0
    lost: int = 0
    late: int = 0
    duplicate: int = 0
    ignored: int = 0  #: from strangers, or no RTP
    concealed_ms: int = 0  #: sound that was made up for what was missing
    jitter_ms: float = 0.0  #: RFC 3550 §6.4.1
    delay_ms: int = 0  #: how long the jitter ring holds sound back now
    round_trip_ms: float | None = None  #: from RTCP; None: the peer sent no report
    peer_lost: int | None = None  #: what the peer says that it lost of ours
    mos: float = 0.0  #: estimate from loss and delay (ITU-T G.107 simplified), 1.0-4.5

    def facts(self) -> dict[str, Any]:
        """As a plain dictionary, for the journal."""
        return asdict(self)


class Playback:
    """A sound that plays or waits for its turn."""

    finished: asyncio.Future[Outcome]

    def stop(self) -> None:
        """Silence within one tick (20 ms); `finished` resolves as ``interrupted``. Harmless when it is over."""
        raise NotImplementedError

    def __await__(self) -> Generator[Any, None, Outcome]:
        return self.finished.__await__()


class Capture:
    """What a stream hears, written to a raw file as it arrives."""

    path: Path

    async def stop(self) -> Sound:
        """Ends the capture; the file is complete."""
        raise NotImplementedError


class Stream:
    """One RTP stream, in both directions, with one peer."""

    on_key: Callable[[Key], None] | None
    on_level: Callable[[float], None] | None  #: level heard in the last second, dBm0 (-90: silence)
    failed: asyncio.Future[str]  #: resolves with the reason when the worker is lost

    def offer(self) -> bytes:
        """Our SDP offer: PCMU, PCMA, telephone-event 0-16."""
        raise NotImplementedError

    def answer(self, offer: bytes) -> bytes:
        """Our SDP answer to ``offer``; also for the offer of a re-INVITE. Raises `Refusal` (sip_status 400, 488)."""
        raise NotImplementedError

    def accept(self, answer: bytes) -> None:
        """Takes the peer's answer to our `offer`. Raises `Refusal` (sip_status 400, 488)."""
        raise NotImplementedError

    def play(self, sound: Sound, loop: int = 1) -> Playback:
        """Plays ``sound`` ``loop`` times (0: endless), gaplessly after what plays now."""
        raise NotImplementedError

    async def send_keys(self, digits: str, ms: int = 120, gap_ms: int = 80, how: How | None = None) -> None:
        """Presses keys (``w``: half a second's pause); returns when they are sent. ``how`` None: what was agreed."""
        raise NotImplementedError

    def capture(self, path: Path) -> Capture:
        """Writes what is heard from now on to ``path``."""
        raise NotImplementedError

    async def report(self) -> StreamReport:
        """How the stream is doing."""
        raise NotImplementedError

    async def close(self) -> StreamReport:
        """Ends the stream; what plays resolves as ``closed``. A second call gives the same report."""
        raise NotImplementedError
