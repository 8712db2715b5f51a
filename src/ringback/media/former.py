"""Former streams: their peers may still send, and packets may still be on their way, when the next stream begins."""

from __future__ import annotations

from dataclasses import dataclass

#: ticks in which what a former stream's source still sends is not taken for another stream's peer behind a NAT
LONGEST = 3000
#: ticks in which it is not taken for the next stream with the same addresses, and the sequence numbers it can have
QUARANTINE = 100
BEFORE, AFTER = -100, 400


@dataclass(frozen=True, slots=True)
class Former:
    """The source that was heard last from one address."""

    end: int  #: tick
    since: int  #: when its first packet arrived
    ssrc: int
    sequence: int  #: the highest
    moved: bool  #: the stream goes on, with another address


class FormerStreams:
    """By the key of their address (`demux.keys_of`)."""

    def __init__(self) -> None:
        self._formers: dict[int, Former] = {}  # the oldest first

    def note(self, key: int, former: Former) -> None:
        while self._formers and next(iter(self._formers.values())).end + LONGEST < former.end:
            del self._formers[next(iter(self._formers))]
        self._formers.pop(key, None)
        self._formers[key] = former

    def at(self, key: int, asked_at: int | None) -> Former | None:
        """Whose packets are not those of the stream that begins at this address now.

        ``asked_at``: when the stream was asked for; None: it was elsewhere before. What began to arrive after that is
        its own, even if the stream before it, whose end takes its time to be told, has heard the beginning.
        """
        former = self._formers.get(key)
        if former is None or former.moved or (asked_at is not None and former.since >= asked_at):
            return None
        return former

    def still_sends(self, key: int, ssrc: int, tick: int) -> bool:
        former = self._formers.get(key)
        return former is not None and former.ssrc == ssrc and tick - former.end <= LONGEST
