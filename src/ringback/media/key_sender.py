"""Sends keys: takes the place of the sound in the packets of the rows that press one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ringback.media.codec import Samples
from ringback.media.messages import How, KeysSent
from ringback.media.table import FRAME, Table
from ringback.media.telephone_event import EventToSend, packets_of
from ringback.media.tone import key_tone

#: what one tick of a press is: a telephone-event, a frame of tone, or a pause
Piece = EventToSend | Samples | None
PAUSE_MS = 500


def pieces(digits: str, ms: int, gap_ms: int, how: How) -> Iterator[Piece]:
    """One piece for each 20 ms of pressing ``digits``; ``w`` is half a second's pause."""
    for digit in digits:
        if digit in "wW":
            yield from [None] * (PAUSE_MS // 20)
            continue
        parts = list(packets_of(digit, ms)) if how == "event" else _frames(key_tone(digit, ms))
        held = -(-ms // 20)
        yield from parts
        yield from [None] * max(-(-gap_ms // 20) - (len(parts) - held), 0)


def _frames(tone: Samples) -> list[Samples]:
    whole = np.zeros(-(-len(tone) // FRAME) * FRAME, dtype=np.int16)
    whole[: len(tone)] = tone
    return list(whole.reshape(-1, FRAME))


@dataclass(slots=True)
class _Order:
    request: int
    rest: Iterator[Piece]


@dataclass(slots=True)
class _Sender:
    payload_type: int  #: of telephone-events
    orders: deque[_Order] = field(default_factory=deque)
    began: int = 0  #: RTP time of the present press


class KeySender:
    """Presses keys on the rows of a table."""

    def __init__(self, table: Table, tell: Callable[[KeysSent], None]) -> None:
        self._table = table
        self._tell = tell
        self._senders: dict[int, _Sender] = {}

    def press(self, row: int, request: int, rest: Iterator[Piece], payload_type: int) -> None:
        sender = self._senders.setdefault(row, _Sender(payload_type))
        sender.payload_type = payload_type
        sender.orders.append(_Order(request, rest))

    def clear(self, row: int) -> None:
        sender = self._senders.pop(row, None)
        for order in sender.orders if sender else ():
            self._tell(KeysSent(int(self._table.stream[row]), order.request))

    @property
    def rows(self) -> list[int]:
        return list(self._senders)

    def next_pieces(self) -> tuple[list[tuple[int, Samples]], list[tuple[int, EventToSend]]]:
        """What the rows send in this tick instead of their sound: (row, frame of tone) and (row, event)."""
        tones: list[tuple[int, Samples]] = []
        events: list[tuple[int, EventToSend]] = []
        for row, sender in list(self._senders.items()):
            if not self._table.sends[row]:
                continue
            piece = self._next(row, sender)
            if isinstance(piece, EventToSend):
                events.append((row, piece))
            elif piece is not None:
                tones.append((row, piece))
        return tones, events

    def _next(self, row: int, sender: _Sender) -> Piece:
        while sender.orders:
            try:
                return next(sender.orders[0].rest)
            except StopIteration:
                self._tell(KeysSent(int(self._table.stream[row]), sender.orders.popleft().request))
        del self._senders[row]
        return None

    def write_event(self, row: int, piece: EventToSend) -> int:
        """Makes the row's packet, whose header is already that of sound, one of the event; its length."""
        sender, packet = self._senders[row], self._table.packets[row : row + 1]
        if piece.marker:
            sender.began = int(packet["timestamp"][0])
        packet["second"] = (0x80 if piece.marker else 0) | sender.payload_type
        packet["timestamp"] = (sender.began + piece.offset) & 0xFFFFFFFF
        packet["payload"][0, : len(piece.payload)] = np.frombuffer(piece.payload, dtype=np.uint8)
        return 12 + len(piece.payload)
