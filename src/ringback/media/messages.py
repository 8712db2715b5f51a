"""What the control side and a worker tell each other: commands down, events up, as MessagePack over a socket pair."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

How = Literal["event", "tone"]


class _Message(msgspec.Struct, array_like=True, frozen=True, tag=True):
    pass


# ---- commands ---------------------------------------------------------------------------------------------------


class UseSocket(_Message, frozen=True):
    """A socket for RTP, and perhaps one for RTCP: their descriptors come with this message."""

    socket: int
    rtcp: bool


class DropSocket(_Message, frozen=True):
    socket: int


class Open(_Message, frozen=True):
    """A new row on ``socket``. ``at``: when it was asked for (`system_calls.arrival_time`)."""

    stream: int
    socket: int
    at: int


class Agree(_Message, frozen=True):
    """What `negotiation.Agreement` says; addresses are (host, port)."""

    stream: int
    peer: tuple[str, int]
    rtcp: tuple[str, int]
    mux: bool
    codec: str
    payload_type: int
    meanings: dict[int, str]
    event: int | None
    sends: bool
    receives: bool
    ms: int


class Play(_Message, frozen=True):
    stream: int
    playback: int
    path: str
    samples: int
    loop: int  #: 0: endless


class StopPlaying(_Message, frozen=True):
    stream: int
    playback: int


class SendKeys(_Message, frozen=True):
    stream: int
    request: int
    digits: str
    ms: int
    gap_ms: int
    how: How | None


class Listen(_Message, frozen=True):
    """Which facts about what is heard are wanted as events."""

    stream: int
    keys: bool
    level: bool


class StartCapture(_Message, frozen=True):
    stream: int
    capture: int
    path: str


class StopCapture(_Message, frozen=True):
    stream: int
    capture: int


class WantReport(_Message, frozen=True):
    stream: int
    request: int


class Close(_Message, frozen=True):
    stream: int


class WantFigures(_Message, frozen=True):
    """Of the last ``ticks``, as far as they are remembered."""

    request: int
    ticks: int = 5000


class Ping(_Message, frozen=True):
    """Answered as soon as it is read."""

    request: int


Command = (
    UseSocket
    | DropSocket
    | Open
    | Agree
    | Play
    | StopPlaying
    | SendKeys
    | Listen
    | StartCapture
    | StopCapture
    | WantReport
    | Close
    | WantFigures
    | Ping
)

# ---- events -----------------------------------------------------------------------------------------------------


class Ready(_Message, frozen=True):
    process: int


class Latched(_Message, frozen=True):
    """The stream's peer is known to send from this address."""

    stream: int
    host: str
    port: int


class KeyHeard(_Message, frozen=True):
    stream: int
    digit: str
    how: How
    ms: int
    at: float


class LevelHeard(_Message, frozen=True):
    stream: int
    level: float


class Played(_Message, frozen=True):
    stream: int
    playback: int
    outcome: Literal["played", "interrupted", "closed"]


class KeysSent(_Message, frozen=True):
    stream: int
    request: int


class Captured(_Message, frozen=True):
    stream: int
    capture: int
    samples: int
    fault: str  #: empty, or why the file is not complete


class Report(_Message, frozen=True):
    stream: int
    request: int
    facts: dict[str, Any]


class Closed(_Message, frozen=True):
    stream: int
    facts: dict[str, Any]


class Figures(_Message, frozen=True):
    """How the worker itself is doing."""

    request: int
    facts: dict[str, float]


class Pong(_Message, frozen=True):
    """With the ticks so far: how many were due (and skipped), how many were late, and the seconds that they took."""

    request: int
    ticks: int = 0
    late: int = 0
    busy_s: float = 0.0


Event = Pong | Ready | Latched | KeyHeard | LevelHeard | Played | KeysSent | Captured | Report | Closed | Figures


def failure_of(command: Command) -> Event | None:
    """The answer to a command that could not be carried out; None: nobody waits for one."""
    match command:
        case Play():
            return Played(command.stream, command.playback, "interrupted")
        case SendKeys():
            return KeysSent(command.stream, command.request)
        case StopCapture():
            return Captured(command.stream, command.capture, 0, "the media worker failed")
        case WantReport():
            return Report(command.stream, command.request, {})
        case Close():
            return Closed(command.stream, {})
        case WantFigures():
            return Figures(command.request, {})
    return None


_encoder = msgspec.msgpack.Encoder()
_commands = msgspec.msgpack.Decoder(list[Command])
_events = msgspec.msgpack.Decoder(list[Event])

#: messages in one packet of the socket pair, which must stay below its buffer's size
BATCH = 100
#: octets read at once from the socket pair
LARGEST = 200_000


def encode(messages: list[Any]) -> bytes:
    return _encoder.encode(messages)


def decode_commands(packet: bytes) -> list[Command]:
    return _commands.decode(packet)


def decode_events(packet: bytes) -> list[Event]:
    return _events.decode(packet)
