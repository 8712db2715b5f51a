"""What happens every 20 ms, in the order it happens, for all rows at once."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ringback.media import jitter, rtp
from ringback.media.codec import Samples, codecs
from ringback.media.demux import Demux, Keys, key_of, keys_of
from ringback.media.detector import Detector
from ringback.media.early import MOST, EarlyPackets
from ringback.media.former import AFTER, BEFORE, QUARANTINE, Former, FormerStreams
from ringback.media.jitter import Arrivals
from ringback.media.key_sender import KeySender
from ringback.media.level import LevelMeter
from ringback.media.messages import Event, How, KeyHeard, Latched
from ringback.media.player import Player
from ringback.media.recorder import Recorder
from ringback.media.reporter import Reporter
from ringback.media.sound import RATE
from ringback.media.system_calls import AVAILABLE, Early, Intake, Outlet, host_and_port
from ringback.media.table import FRAME, PLAYER_FRAMES, Table
from ringback.media.telephone_event import EventReceiver, EventToSend

Rows = NDArray[np.intp]
_CODECS = tuple(codecs().values())
_WHOLE = rtp.HEADER + FRAME
#: packets of strangers that one tick looks at more closely
_STRANGERS = 256
#: samples in which what a row's new source sends is kept for the next stream
_NEXT_MAY_BEGIN = MOST * FRAME
#: seconds in which a tone and the first telephone-event of the same digit are one press
_SAME_PRESS = 0.5
#: least length of a tone when it is told of, in milliseconds
_TONE_MS = 30
_IDLE_EVERY = 25
#: ticks between packets of silence to a peer that was neither heard nor spoken to yet: they open the way through a NAT
_TRICKLE = 5


class Tick:
    """The table with everything that works on it. `run` is one packet time."""

    def __init__(self, table: Table, tell: Callable[[Event], None], many_at_once: bool = AVAILABLE) -> None:
        self.table = table
        self.tell = tell
        self.now = 0
        self.sockets: dict[int, socket.socket] = {}
        self.strangers: dict[int, int] = {}  #: socket → packets that belonged to no row
        self.intake = Intake(many_at_once=many_at_once)
        self.outlet = Outlet(table.packets, many_at_once)
        self.demux = Demux()
        self.early = EarlyPackets()
        self.former = FormerStreams()
        self.player = Player(table, tell)
        self.key_sender = KeySender(table, tell)
        self.recorder = Recorder(tell)
        self.reporter = Reporter(table)
        self.detector = Detector(table, self._hear_tone)
        self.levels = LevelMeter(table, tell)
        self._event_receivers: dict[int, EventReceiver] = {}
        self._last_tone: dict[int, tuple[str, float]] = {}

    def run(self) -> Samples:
        """One packet time of every stream. Arrays are (streams, samples), int16, 8 kHz; what was heard."""
        self.now += 1
        if not self.table.rows:
            return self._idle()
        self.receive()
        heard = jitter.hear(self.table, self.now)
        self.detector.listen(heard)
        self.levels.measure(heard)
        self.recorder.record(heard)
        self.say(*self.key_sender.next_pieces())
        self.player.look()
        self.reporter.run(self.now)
        return heard

    def _idle(self) -> Samples:
        """No stream is open: what strangers send is still taken away."""
        if self.now % _IDLE_EVERY == 0:
            self.receive()
        return np.zeros((0, FRAME), dtype=np.int16)

    def forget(self, row: int) -> None:
        """The row is closed: nothing of it may reach the stream that gets it next."""
        self.player.clear(row)
        self.key_sender.clear(row)
        self.recorder.stop(row)
        self.reporter.end(row)
        self.detector.clear(row)
        self.levels.want(row, False)
        self._note_former(row, moved=False)
        self.demux.forget(row, int(self.table.socket[row]))
        self._event_receivers.pop(row, None)
        self._last_tone.pop(row, None)

    def _note_former(self, row: int, moved: bool) -> None:
        """What is still on its way from the row's peer must not be heard by another stream."""
        if highest := int(self.table.highest[row]):
            since, ssrc = int(self.table.source_at[row]), int(self.table.ssrc[row])
            former = Former(self.now, since, ssrc, highest & 0xFFFF, moved)
            for key in self.demux.keys_of_row(row):
                self.former.note(key, former)

    def expect(self, row: int, host: str, port: int) -> None:
        """The row's peer is at this address. What has come from there already is heard now."""
        table, index = self.table, int(self.table.socket[row])
        key = key_of(index, host, port)
        if self.demux.is_expected(row, key):
            return
        asked_at = None if self.demux.expects(row) else int(table.asked_at[row])
        self._note_former(row, moved=True)
        self.demux.expect(row, index, host, port)
        table.latched[row] = False
        self.outlet.address(row, host, port)
        self._keep_out(row, self.former.at(int(key), asked_at))
        early = self.early.take(int(key), self.now)
        self.intake.put_back(early)
        self.strangers[index] = self.strangers.get(index, 0) - sum(not one.heard for one in early)

    def _keep_out(self, row: int, former: Former | None) -> None:
        table = self.table
        table.former_until[row] = former.end + QUARANTINE if former is not None else 0
        table.former_ssrc[row] = former.ssrc if former is not None else 0
        table.former_sequence[row] = former.sequence if former is not None else 0

    def want_keys(self, row: int, wanted: bool) -> None:
        """Whether keys are told of. Tones are listened for as long as the peer has sent no telephone-event."""
        self.table.wants_keys[row] = wanted
        self.table.hears_tones[row] = wanted and row not in self._event_receivers

    def receive(self) -> None:
        """Sockets → jitter rings."""
        if count := self.intake.receive(self.sockets):
            self._sort_out(count)

    def _sort_out(self, count: int) -> None:
        intake = self.intake
        keys = keys_of(intake.names[:count], intake.sockets[:count])
        row = self.demux.find(keys)
        headers = rtp.parse(intake.packets[:count], intake.lengths[:count])
        if (row < 0).any():
            self._meet_strangers(np.flatnonzero(row < 0), keys, headers)
            row = self.demux.find(keys)
            self._keep_early(np.flatnonzero((row < 0) & headers.valid), keys)
            self._count_strangers(intake.sockets[:count][row < 0])
        if headers.rtcp.any():
            self._pass_on(np.flatnonzero(headers.rtcp))
        known = row >= 0
        ours = known & headers.valid & ~self._is_former(row, headers)
        meaning = np.where(ours, self.table.meanings[row, headers.payload_type], 0)
        good = np.flatnonzero(meaning)
        self._count_ignored(row[known & (meaning == 0) & ~headers.rtcp])
        self._latch(row[good], keys[good])
        arrivals = Arrivals(
            row[good],
            meaning[good],
            headers.sequence[good],
            headers.timestamp[good],
            headers.ssrc[good],
            headers.start[good],
            headers.size[good],
            good,
            intake.arrivals[good],
        )
        self._hear_events(arrivals)
        jitter.take(self.table, arrivals, intake.packets)
        self._keep_for_the_next(arrivals, keys)

    def _is_former(self, row: Rows, headers: rtp.Headers) -> NDArray[np.bool_]:
        table = self.table
        step = (headers.sequence - table.former_sequence[row]).view(np.int16)
        return np.asarray(
            (table.former_until[row] > self.now)
            & (headers.ssrc == table.former_ssrc[row])
            & (step > BEFORE)
            & (step < AFTER)
        )

    def _keep_for_the_next(self, arrivals: Arrivals, keys: Keys) -> None:
        """A new source at a row's address may be the next call's peer: the end of this one may not be told of yet."""
        table, row = self.table, arrivals.row
        if (changed := table.past_expected[row] > 0).any():
            changed &= (arrivals.ssrc == table.ssrc[row]) & (arrivals.arrival - table.source_at[row] < _NEXT_MAY_BEGIN)
            self._keep_early(arrivals.slot[changed], keys, heard=True)

    def _keep_early(self, slots: Rows, keys: Keys, heard: bool = False) -> None:
        """A peer may send before the worker is told of its address, if only because the telling takes time."""
        intake = self.intake
        for slot in slots[:_STRANGERS]:
            packet = intake.packets[slot, : intake.lengths[slot]].tobytes()
            index, name = int(intake.sockets[slot]), intake.names[slot].tobytes()
            self.early.keep(int(keys[slot]), Early(index, name, packet, int(intake.arrivals[slot]), heard), self.now)

    def _count_ignored(self, rows: Rows) -> None:
        if rows.size:
            np.add.at(self.table.ignored, rows, 1)

    def _meet_strangers(self, unknown: Rows, keys: Keys, headers: rtp.Headers) -> None:
        """Packets from nobody's address: those that a waiting row may latch to are looked at."""
        for slot in unknown[headers.valid[unknown]][:_STRANGERS]:
            index = int(self.intake.sockets[slot])
            row = self.demux.row_waiting(index)
            if row is None or self.table.meanings[row, headers.payload_type[slot]] < rtp.EVENT:
                continue
            key, ssrc = int(keys[slot]), int(headers.ssrc[slot])
            if self.former.still_sends(key, ssrc, self.now):
                continue
            if self.demux.is_convincing(row, key, ssrc, int(headers.sequence[slot])):
                self._let_in(row, keys[slot], slot)

    def _count_strangers(self, sockets: NDArray[np.int32]) -> None:
        for index, number in zip(*np.unique(sockets, return_counts=True), strict=True):
            self.strangers[int(index)] = self.strangers.get(int(index), 0) + int(number)

    def _let_in(self, row: int, key: np.uint64, slot: int) -> None:
        self.table.latched[row] = True
        self.demux.latch(row, int(self.table.socket[row]), key)
        host, port = host_and_port(self.intake.names[slot].tobytes())
        self.outlet.address(row, host, port)
        self.tell(Latched(int(self.table.stream[row]), host, port))

    def _latch(self, rows: Rows, keys: Keys) -> None:
        """Rows that hear from their signalled address for the first time, or after another took its place."""
        for row in self.demux.displaced:
            if any(self.demux.is_expected(row, key) for key in keys[rows == row]):
                self.table.latched[row] = False
                self.outlet.address(row, *self.demux.signalled(row))
        for place in np.flatnonzero(~self.table.latched[rows]):
            row = int(rows[place])
            if self.table.latched[row]:
                continue
            self.table.latched[row] = True
            self.table.start_at[row] = min(self.table.start_at[row], self.now)
            self.demux.latch(row, int(self.table.socket[row]), keys[place])
            host, port = host_and_port(self.outlet.names[row].tobytes())
            self.tell(Latched(int(self.table.stream[row]), host, port))

    def _hear_events(self, arrivals: Arrivals) -> None:
        for place in np.flatnonzero(arrivals.meaning == rtp.EVENT):
            row, slot = int(arrivals.row[place]), int(arrivals.slot[place])
            start = int(arrivals.start[place])
            payload = self.intake.packets[slot, start : start + int(arrivals.size[place])].tobytes()
            receiver = self._event_receivers.setdefault(row, EventReceiver())
            self.table.hears_tones[row] = False
            pressed = receiver.take(int(arrivals.timestamp[place]), payload)
            if pressed is not None and not self._was_heard_as_tone(row, pressed[0]):
                self._tell_key(row, pressed[0], "event", pressed[1], time.monotonic())

    def _was_heard_as_tone(self, row: int, digit: str) -> bool:
        """Whether a peer's first event is the press whose tone slipped through before it."""
        before, at = self._last_tone.pop(row, ("", 0.0))
        return before == digit and time.monotonic() - at < _SAME_PRESS

    def _hear_tone(self, row: int, digit: str, at: float) -> None:
        self._last_tone[row] = (digit, at)
        self._tell_key(row, digit, "tone", _TONE_MS, at)

    def _tell_key(self, row: int, digit: str, how: How, ms: int, at: float) -> None:
        if self.table.wants_keys[row]:
            self.tell(KeyHeard(int(self.table.stream[row]), digit, how, ms, at))

    def _pass_on(self, slots: NDArray[np.intp]) -> None:
        """RTCP that came to the port of RTP."""
        now = time.time()
        for slot in slots[:_STRANGERS]:
            packet = self.intake.packets[slot, : self.intake.lengths[slot]].tobytes()
            age = now - float(self.intake.arrivals[slot]) / RATE
            self.reporter.take(packet, host_and_port(self.intake.names[slot].tobytes()), max(age, 0.0))

    def say(
        self,
        tones: Sequence[tuple[int, Samples]] = (),
        events: Sequence[tuple[int, EventToSend]] = (),
        rows: Rows | None = None,
    ) -> None:
        """Sends the next packet of every row that is due, or of ``rows`` at once."""
        table = self.table
        pressing = np.array([row for row, _ in (*tones, *events)], dtype=np.intp)
        table.started[pressing] = True
        if rows is None:
            every = slice(0, table.rows)
            table.started[every] |= table.agreed[every] & (table.start_at[every] <= self.now)
            rows = np.flatnonzero(table.started[every])
        playing = table.play_next[rows] < table.play_end[rows]
        waits = table.ahead[rows] & ~playing
        if waits.any():
            table.ahead[rows[waits]] = False
            rows, playing = rows[~waits | np.isin(rows, pressing)], playing[~waits | np.isin(rows, pressing)]
        table.spoken[pressing] = True
        table.spoken[rows] |= playing | table.latched[rows]
        held = self._held_back(rows)
        if held.any():
            table.timestamp[rows[held]] += np.uint32(FRAME)
            table.resumes[rows[held]] = True
            rows, playing = rows[~held], playing[~held]
        self._play(rows[playing])
        self._be_silent(rows[~playing & ~table.silent[rows]])
        for row, tone in tones:
            table.packets["payload"][row] = _CODECS[table.codec[row]].from_samples(tone)
            table.silent[row] = False
        self._send(rows[table.sends[rows]], events)
        table.timestamp[rows] += np.uint32(FRAME)

    def _held_back(self, rows: Rows) -> NDArray[np.bool_]:
        """Who gets no silence now: an address that never answered may be one that somebody wants flooded."""
        table = self.table
        return np.asarray(~table.spoken[rows] & ((self.now - table.start_at[rows]) % _TRICKLE != 0))

    def _play(self, rows: Rows) -> None:
        """What the player has for ``rows``."""
        if not rows.size:
            return
        table = self.table
        table.packets["payload"][rows] = table.prepared[rows * PLAYER_FRAMES + table.play_next[rows]]
        table.play_next[rows] += 1
        table.silent[rows] = False

    def _be_silent(self, rows: Rows) -> None:
        if not rows.size:
            return
        octets = np.array([codec.silence for codec in _CODECS], dtype=np.uint8)
        self.table.packets["payload"][rows] = octets[self.table.codec[rows]][:, None]
        self.table.silent[rows] = True

    def _send(self, rows: Rows, events: Sequence[tuple[int, EventToSend]]) -> None:
        if not rows.size:
            return
        table = self.table
        rows = rows[np.argsort(table.socket[rows], kind="stable")]
        first = (table.sent[rows] == 0) | table.resumes[rows]
        table.resumes[rows] = False
        table.packets["second"][rows] = table.payload_type[rows] | np.where(first, np.uint8(0x80), np.uint8(0))
        table.packets["timestamp"][rows] = table.timestamp[rows]
        lengths = np.full(len(rows), _WHOLE)
        for row, piece in events:
            lengths[rows == row] = self.key_sender.write_event(row, piece)
            table.silent[row] = False
        halves = table.halves[rows] & (lengths == _WHOLE)
        lengths[halves] -= FRAME // 2
        self._post(rows, lengths)
        if halves.any():
            self._send_second_halves(rows[halves])

    def _send_second_halves(self, rows: Rows) -> None:
        packets = self.table.packets
        packets["payload"][rows, : FRAME // 2] = packets["payload"][rows, FRAME // 2 :]
        packets["timestamp"][rows] = self.table.timestamp[rows] + np.uint32(FRAME // 2)
        packets["second"][rows] = self.table.payload_type[rows]
        self.table.silent[rows] = False
        self._post(rows, np.full(len(rows), _WHOLE - FRAME // 2))

    def _post(self, rows: Rows, lengths: NDArray[np.int64]) -> None:
        """``rows`` in the order of their sockets: one system call a socket."""
        table = self.table
        table.sequence[rows] += np.uint16(1)
        table.packets["sequence"][rows] = table.sequence[rows]
        table.sent[rows] += np.uint32(1)
        indices = table.socket[rows]
        begins = [0, *(np.flatnonzero(indices[1:] != indices[:-1]) + 1).tolist()]
        ends = [*begins[1:], len(rows)]
        groups = [
            (self.sockets[index], begin, end)
            for index, begin, end in zip(indices[begins].tolist(), begins, ends, strict=True)
        ]
        self.outlet.send(rows, lengths, groups)
