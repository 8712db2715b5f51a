"""A stream as the control side sees it: offer and answer, play, keys, capture, report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Literal

import msgspec

from ringback.kernel.errors import Refusal
from ringback.kernel.tasks import until
from ringback.media import messages, negotiation
from ringback.media.crew import Member
from ringback.media.negotiation import Address, Agreement, LocalSide, NotAcceptable
from ringback.media.sound import BadSound, Sound, open_sound
from ringback.media.tone import KEYPAD

How = Literal["event", "tone"]
Outcome = Literal["played", "interrupted", "closed"]
_KEYS = frozenset("".join(KEYPAD) + "".join(KEYPAD).lower() + "wW")


class Key(msgspec.Struct, frozen=True, gc=False):
    """A key that the peer pressed: once a press, however many packets told of it."""

    digit: str  #: 0-9 * # A-D
    how: How  #: an RFC 4733 event, or the tone in the sound itself
    ms: int  #: how long it was known to be held when it was reported
    at: float  #: `time.monotonic` seconds when it was heard


class StreamReport(msgspec.Struct, frozen=True, gc=False):
    """What a telephone engineer asks for about one stream."""

    codec: str = ""
    local: str = ""  #: address:port
    peer: str = ""  #: address:port that we send to
    sent: int = 0  #: RTP packets
    received: int = 0
    lost: int = 0
    late: int = 0
    duplicate: int = 0
    ignored: int = 0  #: from strangers at our port, or no RTP
    concealed_ms: int = 0  #: sound that was made up for what was missing
    jitter_ms: float = 0.0  #: RFC 3550 §6.4.1
    delay_ms: int = 0  #: how long the jitter ring holds sound back now
    round_trip_ms: float | None = None  #: from RTCP; None: the peer sent no report
    peer_lost: int | None = None  #: what the peer says that it lost of ours
    mos: float = 0.0  #: estimate from loss and delay (ITU-T G.107 simplified), 1.0-4.5

    def facts(self) -> dict[str, Any]:
        """As a plain dictionary, for the journal."""
        return {name: getattr(self, name) for name in _REPORTED}


_REPORTED = StreamReport.__struct_fields__


class Playback:
    """A sound that plays or waits for its turn."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.name = 0
        self.finished: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def stop(self) -> None:
        """Silence within one tick (20 ms); `finished` resolves as ``interrupted``. Harmless when it is over."""
        if not self.finished.done():
            self._stream.tell(messages.StopPlaying(self._stream.name, self.name))

    def __await__(self) -> Generator[Any, None, Outcome]:
        return until(self.finished).__await__()

    def end(self, event: messages.Played | None) -> None:
        if not self.finished.done():
            self.finished.set_result(event.outcome if event is not None else "closed")


class Capture:
    """What a stream hears, written to a raw file as it arrives."""

    def __init__(self, stream: Stream, path: Path) -> None:
        self._stream = stream
        self.name = 0
        self.path = path
        self._complete: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def stop(self) -> Sound:
        """Ends the capture; the file is complete. Raises `BadSound` when it could not be written."""
        if not self._complete.done():
            self._stream.tell(messages.StopCapture(self._stream.name, self.name))
        if fault := await until(self._complete):
            raise BadSound(f"the capture {self.path} could not be written: {fault}", status=500)
        return open_sound(self.path)

    def end(self, event: messages.Captured | None) -> None:
        if not self._complete.done():
            self._complete.set_result(event.fault if event is not None else "")


class Stream:
    """One RTP stream, in both directions, with one peer."""

    def __init__(self, name: int, member: Member, shown_address: Callable[[Address | None], str]) -> None:
        self.name = name
        self._member = member
        self._shown_address = shown_address
        self._on_key: Callable[[Key], None] | None = None
        self._on_level: Callable[[float], None] | None = None
        self._closed: asyncio.Future[StreamReport] | None = None
        self._agreement: Agreement | None = None
        self.failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def place(self, peer: Address | None) -> None:
        """Takes a port and a row; called once, by the engine. Raises `Unavailable`."""
        self._port = self._member.place(self, peer)
        self._local = LocalSide(self._shown_address(peer), self._port.number)
        if peer is not None:
            self._port.peers[peer] = self.name

    @property
    def local(self) -> Address:
        """Where we receive."""
        return Address(self._local.address, self._local.port)

    @property
    def agreement(self) -> Agreement | None:
        """What the last offer and answer came to."""
        return self._agreement

    # ---- offer and answer

    def offer(self) -> bytes:
        """Our SDP offer: PCMU, PCMA, telephone-event 0-16."""
        return negotiation.make_offer(self._local)

    def answer(self, offer: bytes) -> bytes:
        """Our SDP answer to ``offer``; also for the offer of a re-INVITE. Raises `Refusal` (sip_status 400, 488)."""
        answer, agreement = negotiation.answer_offer(offer, self._local)
        self._agree(agreement)
        return answer

    def accept(self, answer: bytes) -> None:
        """Takes the peer's answer to our `offer`. Raises `Refusal` (sip_status 400, 488)."""
        self._agree(negotiation.accept_answer(answer))

    def _agree(self, agreement: Agreement) -> None:
        must_be_reachable(agreement.peer, self._local.address)
        self._agreement = agreement
        if agreement.peer not in self._port.peers:
            self._port.forget(self.name)
            self._port.waiting.add(self.name)
        self._port.peers[agreement.peer] = self.name
        self.tell(
            messages.Agree(
                stream=self.name,
                peer=agreement.peer,
                rtcp=agreement.rtcp,
                mux=agreement.mux,
                codec=agreement.codec,
                payload_type=agreement.payload_type,
                meanings=agreement.meanings,
                event=agreement.event,
                sends=agreement.sends,
                receives=agreement.receives,
                ms=agreement.ms,
            )
        )

    # ---- sound and keys

    def play(self, sound: Sound, loop: int = 1) -> Playback:
        """Plays ``sound`` ``loop`` times (0: endless), gaplessly after what plays now. Raises `BadSound`."""
        if sound.samples > open_sound(sound.path).samples:
            raise BadSound(f"the sound {sound.path} is shorter than it was")
        playback = Playback(self)
        playback.name = self._ask(playback.end)
        self.tell(messages.Play(self.name, playback.name, str(sound.path), sound.samples, loop))
        return playback

    async def send_keys(self, digits: str, ms: int = 120, gap_ms: int = 80, how: How | None = None) -> None:
        """Presses keys (``w``: half a second's pause); returns when they are sent. ``how`` None: what was agreed."""
        if wrong := sorted(set(digits) - _KEYS):
            raise Refusal(f"{' '.join(wrong)}: no keys; 0-9 * # A-D and w are")
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        request = self._ask(lambda event: None if sent.done() else sent.set_result(None))
        self.tell(messages.SendKeys(self.name, request, digits, ms, gap_ms, how))
        await sent

    def capture(self, path: Path) -> Capture:
        """Writes what is heard from now on to ``path``."""
        capture = Capture(self, path)
        capture.name = self._ask(capture.end)
        self.tell(messages.StartCapture(self.name, capture.name, str(path)))
        return capture

    @property
    def on_key(self) -> Callable[[Key], None] | None:
        """Called with each key; keys heard before it is set are dropped."""
        return self._on_key

    @on_key.setter
    def on_key(self, handler: Callable[[Key], None] | None) -> None:
        self._on_key = handler
        self._listen()

    @property
    def on_level(self) -> Callable[[float], None] | None:
        """Called each second with the level heard in it, in dBm0 (-90: silence)."""
        return self._on_level

    @on_level.setter
    def on_level(self, handler: Callable[[float], None] | None) -> None:
        self._on_level = handler
        self._listen()

    def _listen(self) -> None:
        self.tell(messages.Listen(self.name, self._on_key is not None, self._on_level is not None))

    # ---- report and end

    async def report(self) -> StreamReport:
        """How the stream is doing."""
        if self._closed is not None:
            return await until(self._closed)
        answered: asyncio.Future[StreamReport] = asyncio.get_running_loop().create_future()
        request = self._ask(lambda event: None if answered.done() else answered.set_result(self._report(event)))
        self.tell(messages.WantReport(self.name, request))
        return await answered

    async def close(self) -> StreamReport:
        """Ends the stream; what plays resolves as ``closed``. A second call gives the same report."""
        if self._closed is None:
            self._closed = closed = asyncio.get_running_loop().create_future()
            if self.failed.done():
                closed.set_result(self._report(None))
            else:
                self._member.expect_closed(
                    self.name, lambda event: None if closed.done() else closed.set_result(self._report(event))
                )
                self.tell(messages.Close(self.name))
                self._member.remove(self, self._port)
        return await until(self._closed)

    def _report(self, event: messages.Report | messages.Closed | None) -> StreamReport:
        return StreamReport(local=str(self.local), **(event.facts if event is not None else {}))

    # ---- the worker's side

    def tell(self, command: messages.Command) -> None:
        """Sends a command; after the end of the stream the worker ignores it."""
        self._member.send(command)

    def _ask(self, reply: Callable[[Any], None]) -> int:
        if self._closed is not None or self.failed.done():
            asyncio.get_running_loop().call_soon(reply, None)
            return 0
        return self._member.ask(reply)

    def hear(self, event: messages.Event) -> None:
        """An event of this stream's row."""
        match event:
            case messages.KeyHeard() if self._on_key is not None:
                self._on_key(Key(event.digit, event.how, event.ms, event.at))
            case messages.LevelHeard() if self._on_level is not None:
                self._on_level(event.level)
            case messages.Latched():
                self._port.waiting.discard(self.name)
                self._port.peers[Address(event.host, event.port)] = self.name

    def lose(self, why: str) -> None:
        """The worker is gone, or the engine stops."""
        if not self.failed.done():
            self.failed.set_result(why)


def must_be_reachable(peer: Address, local: str) -> None:
    """Raises `NotAcceptable` when the addresses are of different families."""
    if (":" in peer.host) != (":" in local):
        raise NotAcceptable(f"{peer.host} cannot be reached from {local}: one is IPv4, the other IPv6")
