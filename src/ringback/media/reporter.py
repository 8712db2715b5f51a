"""The reporter: sends RTCP about every row in its turn, and takes what the peers report."""

from __future__ import annotations

import random
import secrets
import socket
import time
from dataclasses import dataclass

import numpy as np

from ringback.media.reports import expected_and_received
from ringback.media.rtcp import BadRtcp, Block, Compound, SenderInfo, ntp_time, round_trip
from ringback.media.table import FRAME, Table

#: mean ticks between two reports (5 s, RFC 3550 §6.2), each by chance half to one and a half of it
INTERVAL = 250
#: a random name that says nothing (RFC 7022)
_NAME = secrets.token_urlsafe(12)
_NEVER = np.iinfo(np.int64).max


@dataclass(slots=True)
class _Side:
    """What is known of one row's RTCP."""

    via: socket.socket | None
    address: tuple[str, int]
    last_sr: int = 0
    last_sr_at: float = 0.0
    round_trip: float | None = None
    peer_lost: int | None = None
    prior_expected: int = 0
    prior_received: int = 0
    heard: bool = False  #: the peer has reported


class Reporter:
    """RTCP of all rows. A row is found by our SSRC in the peer's report, which no stranger knows."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._sides: dict[int, _Side] = {}
        self._rows: dict[int, int] = {}  #: our SSRC → row
        self.bad = 0  #: packets that were no RTCP, or nobody's

    def begin(self, row: int, via: socket.socket | None, address: tuple[str, int], tick: int) -> None:
        """The row reports to ``address`` from now on; also when that has changed."""
        if (side := self._sides.get(row)) is not None:
            side.via, side.address = via, address
            return
        self._sides[row] = _Side(via, address)
        self._rows[self._ssrc(row)] = row
        self._table.rtcp_due[row] = tick + random.randint(INTERVAL // 4, INTERVAL * 3 // 4)

    def end(self, row: int) -> None:
        """Says good-bye, to a peer that was there."""
        if (side := self._sides.get(row)) is not None:
            if side.heard or self._table.received[row]:
                self._send(row, side, bye=True)
            del self._sides[row]
            del self._rows[self._ssrc(row)]
        self._table.rtcp_due[row] = _NEVER

    def run(self, tick: int) -> None:
        """Sends the reports that are due."""
        due = self._table.rtcp_due[: self._table.rows] <= tick
        for row in np.flatnonzero(due) if due.any() else ():
            self._table.rtcp_due[row] = tick + random.randint(INTERVAL // 2, INTERVAL * 3 // 2)
            self._send(int(row), self._sides[int(row)])

    def take(self, packet: bytes, source: tuple[str, int], age: float = 0.0) -> None:
        """A packet that arrived ``age`` seconds ago."""
        try:
            compound = Compound.parse(packet)
        except BadRtcp:
            self.bad += 1
            return
        row = next((self._rows[block.ssrc] for block in compound.blocks if block.ssrc in self._rows), None)
        if row is None:
            row = next((row for row, side in self._sides.items() if side.address == source), None)
        if row is None:
            self.bad += 1
            return
        self._note(row, self._sides[row], compound, source, age)

    def facts(self, row: int) -> dict[str, float | int | None]:
        """The fields of `stream.StreamReport` that come from the peer's reports."""
        side = self._sides.get(row)
        if side is None:
            return {}
        trip = None if side.round_trip is None else round(side.round_trip * 1000, 3)
        return {"round_trip_ms": trip, "peer_lost": side.peer_lost}

    def _note(self, row: int, side: _Side, compound: Compound, source: tuple[str, int], age: float) -> None:
        now = ntp_time(time.time() - age)
        side.heard = True
        if compound.sender is not None:
            side.last_sr, side.last_sr_at = compound.sender.ntp >> 16 & 0xFFFFFFFF, time.monotonic() - age
        for block in compound.blocks:
            if block.ssrc == self._ssrc(row):
                side.address = source  # symmetric RTCP: only the peer knows our SSRC
                side.peer_lost = max(block.lost, 0)
                trip = round_trip(now, block)
                side.round_trip = trip if trip is not None else side.round_trip

    def _send(self, row: int, side: _Side, bye: bool = False) -> None:
        if side.via is None:
            return
        try:
            side.via.sendto(bytes(self._compound(row, side, bye)), side.address)
        except OSError:
            pass  # a report that the network does not take is not worth a word

    def _compound(self, row: int, side: _Side, bye: bool) -> Compound:
        table = self._table
        sender = None
        if sent := int(table.sent[row]):
            timestamp = int(table.timestamp[row])
            sender = SenderInfo(ntp_time(time.time()), timestamp, sent, sent * FRAME & 0xFFFFFFFF)
        blocks = (self._block(row, side),) if table.received[row] else ()
        return Compound(self._ssrc(row), sender, blocks, _NAME, bye)

    def _block(self, row: int, side: _Side) -> Block:
        expected, received = expected_and_received(self._table, row)
        new, got = expected - side.prior_expected, received - side.prior_received
        side.prior_expected, side.prior_received = expected, received
        fraction = min(max((new - got) * 256 // new, 0), 255) if new > 0 else 0
        delay = int((time.monotonic() - side.last_sr_at) * 65536) & 0xFFFFFFFF if side.last_sr else 0
        return Block(
            ssrc=int(self._table.ssrc[row]),
            fraction_lost=fraction,
            lost=expected - received,
            highest=(int(self._table.highest[row]) - 65536) & 0xFFFFFFFF,
            jitter=int(self._table.jitter[row]) & 0xFFFFFFFF,
            last_sr=side.last_sr,
            delay=delay,
        )

    def _ssrc(self, row: int) -> int:
        return int(self._table.packets["ssrc"][row])
