"""Jitter: packets go into a ring of samples per row by their time stamps; every tick takes 20 ms out of each.

A ring that runs dry stands still, because what is missing may only be late; what was concealed meanwhile is skipped
again when it turns out to be lost. So the delay of a row grows by itself to what its network needs, or by the time that
our own process was held up. It shrinks when more was in hand for seconds than needed, by dropping quiet frames out of
a pause; that absorbs a peer whose clock is fast, too. Sound that arrived is heard, or counted as late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ringback.media import comfort_noise, concealment
from ringback.media.codec import Samples, codecs
from ringback.media.rtp import CODEC, HEADER, NOISE
from ringback.media.table import EMPTY, FRAME, RING, RING_FRAMES, Table

Rows = NDArray[np.intp]

#: frames of delay that a row begins with; jitter known from before adds to it
DELAY = 2
MOST_DELAY = 12
#: a ring that stood still so long begins anew with the next packet: another talk spurt
TALK_SPURT = 6
#: frames behind the cursor that stay readable, for concealment
BEHIND = 6
#: packets of one row that one tick takes; more are counted as ignored
MOST_AT_ONCE = 40
#: ticks between two looks at the delay; frames in hand that are not too many; and so many that any frame may go
LOOK_EVERY = 300
ENOUGH = 3
FAR_TOO_MANY = 12
#: frames in hand beyond which late packets do not make the delay longer
MOST_IN_HAND = 14
#: samples below this are quiet; and quiet frames that stay of a pause: keys must not grow together
QUIET = 150
LULL = 3
#: look-out periods in a row with far too many in hand after which loud frames go, too
PATIENCE = 2
#: samples ahead of the cursor that have room
ROOM = RING - (BEHIND + 1) * FRAME
_LATE = 8000
_RESTART = 3000
_CODECS = tuple(codecs().values())


@dataclass(slots=True, eq=False)
class Arrivals:
    """Valid packets that were found to belong to rows, one entry a packet."""

    row: Rows
    meaning: NDArray[np.uint8]
    sequence: NDArray[np.uint16]
    timestamp: NDArray[np.uint32]
    ssrc: NDArray[np.uint32]
    start: NDArray[np.int32]
    size: NDArray[np.int32]
    slot: Rows  #: where in the buffers the packet lies
    arrival: NDArray[np.int64]  #: when it came, in samples

    def __getitem__(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> Arrivals:
        return Arrivals(*(getattr(self, column.name)[chosen] for column in fields(self)))


def take(table: Table, arrivals: Arrivals, packets: NDArray[np.uint8]) -> None:
    """Counts the packets and puts their sound into the rings."""
    for chosen in _one_a_row(table, arrivals.row):
        some = arrivals[chosen] if chosen is not None else arrivals
        fresh = _count(table, some)
        table.gap[some.row[some.meaning < CODEC]] = concealment.FRAMES  # a key, or comfort noise: nothing is missing
        _note_silence(table, some, fresh, packets)
        sound = fresh & (some.meaning >= CODEC) & table.receives[some.row]
        if sound.all():
            _place(table, some, packets)
        elif sound.any():
            _place(table, some[sound], packets)


def _note_silence(table: Table, some: Arrivals, fresh: NDArray[np.bool_], packets: NDArray[np.uint8]) -> None:
    """Whether each row's peer is silent now, and how that sounds, by the newest of its packets."""
    quiet = some.meaning == NOISE
    if not (quiet.any() or table.resting[some.row].any()):
        return
    newest = fresh & (some.sequence == table.highest[some.row].astype(np.uint16))
    table.resting[some.row[newest]] = quiet[newest]
    chosen = np.flatnonzero(newest & quiet)
    if not chosen.size:
        return
    row = some.row[chosen]
    octets = np.minimum(some.start[chosen, None] + np.arange(comfort_noise.OCTETS), packets.shape[1] - 1)
    table.silence[row] = packets[some.slot[chosen, None], octets]
    table.silence_size[row] = some.size[chosen]
    table.silence_new[row] = True
    table.hushed[row] = table.receives[row]


def _one_a_row(table: Table, rows: Rows) -> Iterator[NDArray[np.intp] | None]:
    """Splits packets so that no part holds two of one row; None: all. In the order of arrival."""
    if rows.size == 0:
        return
    if np.bincount(rows).max() == 1:
        yield None
        return
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    rank = np.arange(len(rows)) - np.repeat(begins, np.diff(np.r_[begins, len(rows)]))
    for turn in range(min(int(rank.max()) + 1, MOST_AT_ONCE)):
        yield order[rank == turn]
    np.add.at(table.ignored, ordered[rank >= MOST_AT_ONCE], 1)


def _count(table: Table, some: Arrivals) -> NDArray[np.bool_]:
    """Keeps the statistics of RFC 3550 A.1, A.3 and A.8; which packets are no duplicates."""
    row = some.row
    step = (some.sequence - table.highest[row].astype(np.uint16)).view(np.int16).astype(np.int64)
    new = (table.highest[row] == 0) | (table.ssrc[row] != some.ssrc) | (np.abs(step) > _RESTART)
    if new.any():
        _begin_source(table, some[new])
        step[new] = 0
    table.received[row] += 1
    bits = np.minimum(np.abs(step), 63).astype(np.uint64)
    forward = step > 0
    seen = table.seen[row]
    old = ~forward & ~new & ((seen >> bits) & np.uint64(1) == 1)
    one = np.uint64(1)
    seen = np.where(forward, np.where(step > 63, np.uint64(0), seen << bits) | one, seen | one << bits)
    table.seen[row] = seen
    table.duplicate[row[old]] += 1
    extended = table.highest[row].astype(np.int64) + step
    table.highest[row] = np.where(forward, extended, table.highest[row])
    table.base_sequence[row] = np.minimum(table.base_sequence[row], extended)
    transit = some.arrival - some.timestamp.astype(np.int64)
    drift = np.abs((transit - table.transit[row]).astype(np.int32)).astype(np.float64)
    timed = (some.meaning >= CODEC) & ~old
    moved = timed & ~new & (drift < _LATE)
    table.jitter[row] += np.where(moved, (drift - table.jitter[row]) / 16, 0.0)
    table.transit[row] = np.where(timed, transit, table.transit[row])
    return np.asarray(~old)


def _begin_source(table: Table, some: Arrivals) -> None:
    """A row's first packet, or one of a new source: the statistics begin anew, the old ones are added up."""
    row = some.row
    heard = table.highest[row] > 0
    expected = np.where(heard, table.highest[row] - table.base_sequence[row] + 1, 0)
    table.past_expected[row] += expected.astype(np.uint32)
    extended = some.sequence.astype(np.uint32) + np.uint32(65536)
    table.highest[row] = extended
    table.base_sequence[row] = extended
    table.seen[row] = 0
    table.renewed[row] = True
    table.ssrc[row] = some.ssrc
    table.source_at[row] = some.arrival
    table.transit[row] = some.arrival - some.timestamp.astype(np.int64)


def _place(table: Table, some: Arrivals, packets: NDArray[np.uint8]) -> None:
    row = some.row
    offset = (some.timestamp - table.clock[row]).view(np.int32)
    ahead = offset + some.size
    astray = table.renewed[row] | (table.dry[row] >= TALK_SPURT) | (ahead > ROOM) | (offset < -_LATE)
    if astray.any():
        newest = some.sequence == table.highest[row].astype(np.uint16)
        _begin_anew(table, some[astray & (newest | ~table.synced[row])])
        offset = (some.timestamp - table.clock[row]).view(np.int32)
        ahead = offset + some.size
        if (useless := ahead > ROOM).any():  # an old one, from before the sender's time has jumped
            table.late[row[useless]] += 1
            return _place(table, some[~useless], packets) if not useless.all() else None
    if (offset < 0).any():
        _note_late(table, row[ahead <= 0])
        table.late[row[(offset < 0) & (ahead > 0)]] += 1
    end = some.timestamp + some.size.astype(np.uint32)
    further = (end - table.horizon[row]).view(np.int32) > 0
    table.horizon[row] = np.where(further, end, table.horizon[row])
    plain = (some.start == HEADER) & (some.size == FRAME) & (offset >= 0) & (offset % FRAME == 0)
    if plain.all():
        _store_frames(table, some, offset, packets)
        return
    if plain.any():
        _store_frames(table, some[plain], offset[plain], packets)
    rest = np.flatnonzero(~plain & (ahead > 0))
    for size in np.unique(some.size[rest]):
        chosen = rest[some.size[rest] == size]
        _store_samples(table, some[chosen], offset[chosen], int(size), packets)


def _begin_anew(table: Table, some: Arrivals) -> None:
    """The sound of ``some`` follows what its rows have in hand, but not sooner than after their delay."""
    row = some.row
    delay = np.clip(DELAY + (table.jitter[row] / (FRAME / 2)).astype(np.int32), DELAY, MOST_DELAY)
    in_hand = np.maximum((table.horizon[row] - table.clock[row]).view(np.int32), 0)
    for place in np.flatnonzero(-(-in_hand // FRAME) * FRAME + some.size > ROOM):
        _throw_away(table, int(row[place]))
        in_hand[place] = 0
    frames = np.maximum(-(-in_hand // FRAME), delay)
    table.synced[row] = True
    table.renewed[row] = False
    table.clock[row] = some.timestamp - (frames * FRAME).astype(np.uint32)
    table.horizon[row] = table.clock[row] + in_hand.astype(np.uint32)
    for column in (table.dry, table.spare, table.debt, table.overfull):
        column[row] = 0
    table.gap[row] = concealment.FRAMES
    table.slack[row] = RING


def _throw_away(table: Table, row: int) -> None:
    """The ring is full. What it holds would be heard more than a second late: it counts as too late."""
    ring = table.ring[row * RING_FRAMES : (row + 1) * RING_FRAMES]
    ahead = (table.cursor[row] + np.arange(ROOM // FRAME)) % RING_FRAMES
    table.late[row] += (ring[ahead] != EMPTY).any(axis=1).sum()
    table.empty_ring(row)


def _note_late(table: Table, row: Rows) -> None:
    """Each packet that comes wholly too late although others came in time makes the delay longer by a frame."""
    table.late[row] += 1
    in_hand = (table.horizon[row] - table.clock[row]).view(np.int32)
    table.debt[row] += in_hand + table.debt[row] * FRAME < MOST_IN_HAND * FRAME


def _store_frames(table: Table, some: Arrivals, offset: NDArray[np.int32], packets: NDArray[np.uint8]) -> None:
    """The usual case: whole frames, where the ring's frames lie."""
    frame = some.row * RING_FRAMES + (table.cursor[some.row] + offset // FRAME) % RING_FRAMES
    octets = packets[some.slot, HEADER : HEADER + FRAME]
    for meaning, chosen in _by_codec(some.meaning):
        table.ring[frame[chosen]] = _CODECS[meaning - CODEC].to_samples(octets[chosen])


def _store_samples(
    table: Table, some: Arrivals, offset: NDArray[np.int32], size: int, packets: NDArray[np.uint8]
) -> None:
    """Packets of any one ``size``, anywhere; what is too late of them is left out."""
    steps = np.arange(size)
    octets = packets[some.slot[:, None], some.start[:, None] + steps]
    when = offset[:, None] + steps
    place = (table.cursor[some.row] * FRAME)[:, None] + when
    place = some.row[:, None] * RING + place % RING
    wanted = when >= 0
    ring = table.ring.reshape(-1)
    for meaning, chosen in _by_codec(some.meaning):
        samples = _CODECS[meaning - CODEC].to_samples(octets[chosen])
        ring[place[chosen][wanted[chosen]]] = samples[wanted[chosen]]


def _by_codec(meaning: NDArray[np.uint8]) -> Iterator[tuple[int, slice | NDArray[np.intp]]]:
    first = int(meaning[0])
    if (meaning == first).all():
        yield first, slice(None)
        return
    for one in np.unique(meaning):
        yield int(one), np.flatnonzero(meaning == one)


def hear(table: Table, tick: int) -> Samples:
    """The next 20 ms of every row, (rows, samples): sound, what stands for missing sound, or silence."""
    rows = slice(0, table.rows)
    _skip_what_was_concealed(table)
    cursor = table.cursor[rows]
    place = np.arange(table.rows) * RING_FRAMES + cursor
    heard = table.ring[place]
    in_hand = (table.horizon[rows] - table.clock[rows]).view(np.int32)
    rest_of_spurt = (in_hand > 0) & ((table.dry[rows] == TALK_SPURT) | table.resting[rows])
    dry = table.synced[rows] & (in_hand < FRAME) & ~rest_of_spurt
    waits = table.debt[rows] > 0
    if waits.any():
        table.debt[rows][waits] -= 1
    standing = dry | waits
    if standing.any():
        heard[standing] = EMPTY
    missing = (heard[:, 0] == EMPTY) | (heard[:, FRAME // 2 - 1] == EMPTY) | (heard[:, FRAME - 1] == EMPTY) | standing
    if table.hushed[rows].any():
        _hush(table, tick, heard, missing)
    if (holes := missing & ~table.hushed[rows]).any():
        _fill(table, heard, np.flatnonzero(holes), standing, place)
    table.filled[rows] = holes
    table.gap[rows][~missing] = 0
    moving = table.synced[rows] & ~standing
    _advance(table, moving.nonzero()[0])
    table.dry[rows] += dry
    _watch_delay(table, tick, heard, in_hand - FRAME * moving)
    return np.asarray(heard)


def _skip_what_was_concealed(table: Table) -> None:
    """Rings that stood still and have sound again: leading gaps are skipped as far as they have been concealed."""
    rows = slice(0, table.rows)
    if not table.dry[rows].any():
        return
    waiting = np.flatnonzero(
        (table.dry[rows] > 0) & ((table.horizon[rows] - table.clock[rows]).view(np.int32) >= FRAME)
    )
    again = waiting
    while again.size:
        place = again * RING_FRAMES + table.cursor[again]
        blank = (table.ring[place][:, :: FRAME // 4] == EMPTY).all(axis=1) & (table.ring[place, FRAME - 1] == EMPTY)
        again = again[blank & (table.dry[again] > 0)]
        _advance(table, again)
        table.dry[again] -= 1
    table.dry[waiting] = 0


def _hush(table: Table, tick: int, heard: Samples, missing: NDArray[np.bool_]) -> None:
    """Comfort noise where nothing was sent; it ends when the peer's sound is heard again."""
    rows = slice(0, table.rows)
    table.hushed[rows] &= missing | table.resting[rows]
    new = np.flatnonzero(table.hushed[rows] & table.silence_new[rows])
    if new.size:
        table.noise[new] = comfort_noise.filters(table.silence[new], table.silence_size[new])
        table.silence_new[new] = False
    silent = np.flatnonzero(table.hushed[rows] & missing)
    if silent.size:
        part = heard[silent]
        heard[silent] = np.where(part == EMPTY, comfort_noise.render(table.noise[silent], silent, tick), part)


def _fill(table: Table, heard: Samples, missing: Rows, standing: NDArray[np.bool_], place: NDArray[np.intp]) -> None:
    """Puts sound, or silence, where ``heard`` has holes."""
    gap = table.gap[missing]
    silent = gap >= concealment.FRAMES
    table.gap[missing] = np.minimum(gap + 1, concealment.FRAMES)
    if silent.any():
        part = heard[missing[silent]]
        part[part == EMPTY] = 0
        heard[missing[silent]] = part
    rows = missing[~silent]
    if not rows.size:
        return
    table.concealed[rows] += 1
    past = _past(table, rows, standing[rows])
    first = gap[~silent] == 0
    if first.any():
        table.pitch[rows[first]] = concealment.pitch(past[first])
    made = concealment.conceal(past, table.pitch[rows], gap[~silent])
    part = heard[rows]
    heard[rows] = np.where(part == EMPTY, made, part)
    advancing = rows[~standing[rows]]
    table.ring[place[advancing]] = heard[advancing]


def _past(table: Table, rows: Rows, standing: NDArray[np.bool_]) -> Samples:
    """The 40 ms of each row before its gap."""
    begin = np.where(standing, table.cursor[rows], table.cursor[rows] - table.gap[rows] + 1)
    two = np.stack([(begin - 2) % RING_FRAMES, (begin - 1) % RING_FRAMES], axis=1) + rows[:, None] * RING_FRAMES
    past = table.ring[two].reshape(len(rows), 2 * FRAME)
    past[past == EMPTY] = 0
    return past


def _advance(table: Table, rows: Rows) -> None:
    """One frame on; the one that is too old to be looked at is emptied."""
    cursor = table.cursor[rows]
    table.ring[rows * RING_FRAMES + (cursor - BEHIND) % RING_FRAMES] = EMPTY
    table.cursor[rows] = (cursor + 1) % RING_FRAMES
    table.clock[rows] += np.uint32(FRAME)


def _watch_delay(table: Table, tick: int, heard: Samples, in_hand: NDArray[np.int32]) -> None:
    """Rows that had more ``in_hand`` (samples) than they need for a whole look-out period drop some of a pause."""
    rows = slice(0, table.rows)
    np.minimum(table.slack[rows], in_hand, out=table.slack[rows])
    if tick % LOOK_EVERY == 0:
        _look_at_delay(table, rows)
    if not table.spare[rows].any():
        return
    droppable = np.flatnonzero((table.spare[rows] > 0) & (in_hand >= 2 * FRAME))
    if droppable.size:
        _drop(table, tick, droppable, heard[droppable])


def _look_at_delay(table: Table, rows: slice) -> None:
    slack = table.slack[rows]
    spare = np.maximum(slack // FRAME - ENOUGH + 1, 0) * (table.synced[rows] & (slack != RING))
    table.spare[rows] = spare
    table.overfull[rows] = np.where(spare > FAR_TOO_MANY, table.overfull[rows] + 1, 0)
    table.lull[rows] = 0
    table.slack[rows] = RING


def _drop(table: Table, tick: int, rows: Rows, heard: Samples) -> None:
    """The next frame of ``rows`` is left out if it is quiet within a pause; a loud one when patience is at its end."""
    table.lull[rows] = np.where(_is_quiet(heard), table.lull[rows] + 1, 0)
    quiet = (table.lull[rows] >= LULL) & _is_quiet(table.ring[rows * RING_FRAMES + table.cursor[rows]])
    loud = ~quiet & (table.overfull[rows] >= PATIENCE) & (table.spare[rows] > FAR_TOO_MANY) & (tick % 5 == 0)
    table.late[rows[loud]] += 1
    dropped = rows[quiet | loud]
    _advance(table, dropped)
    table.spare[dropped] -= 1


def _is_quiet(frames: Samples) -> NDArray[np.bool_]:
    return np.asarray(((frames > -QUIET) & (frames < QUIET)).all(axis=1))
