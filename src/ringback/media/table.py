"""The table: a row is a stream, a column is one fact about all streams.

All columns have room for `capacity` rows from the start; memory that no row has touched costs nothing, and what many
rows have touched is given back when none is left.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringback.kernel.chance import random_octets
from ringback.media import concealment
from ringback.media.comfort_noise import OCTETS, TAPS
from ringback.media.pages import Pages
from ringback.media.rtp import PACKET

#: samples in a tick (20 ms at 8 kHz)
FRAME = 160
#: frames in a row's jitter ring (1.28 s), and samples
RING_FRAMES = 64
RING = FRAME * RING_FRAMES
#: marks a place of the ring that no packet has filled; no codec gives it
EMPTY = np.int16(-32768)
#: frames that a row's player has in hand (1.28 s)
PLAYER_FRAMES = 64
#: rows whose frames are kept for the next streams when all are closed
_KEPT = 64


class Table:
    """Columns by subject. Rows are given lowest first, so that ``slice(0, rows)`` holds all that are open."""

    def __init__(self, capacity: int = 4096) -> None:
        self.capacity = capacity
        self.rows = 0  #: one more than the highest row that is open
        self._free = list(range(capacity))
        self._made = 0  #: rows whose ring is empty, or in use; the memory of those above was never touched

        def flags() -> NDArray[np.bool_]:
            return np.zeros(capacity, dtype=np.bool_)

        def numbers(kind: type[np.number[Any]]) -> NDArray[Any]:
            return np.zeros(capacity, dtype=kind)

        self.open = flags()
        self.stream = numbers(np.int64)  #: the control side's name of the row
        self.asked_at = numbers(np.int64)  #: when the control side asked for it, as an arrival
        self.socket = numbers(np.int16)

        # what we send
        self.agreed = flags()  #: offer and answer are complete
        self.latched = flags()  #: the peer has been heard
        self.sends = flags()  #: the peer wants sound
        self.started = flags()  #: and the first packet has been sent, or is due
        self.spoken = flags()  #: something was said, by us or by the peer
        self.start_at = numbers(np.int64)  #: tick when silence begins to be sent, whatever else happens
        self.codec = numbers(np.uint8)  #: index in `codec.codecs()`
        self.payload_type = numbers(np.uint8)
        self.halves = flags()  #: the peer takes packets of 10 ms only
        self.sequence = numbers(np.uint16)
        self.timestamp = numbers(np.uint32)
        self.resumes = flags()  #: the process was held up: the next packet begins a talk spurt
        self.ahead = flags()  #: one packet was sent before its tick, for a prompt start
        self.silent = flags()  #: the packet's payload is silence already
        self.packets = np.zeros(capacity, dtype=PACKET)
        self.sent = numbers(np.uint32)

        # what the player has in hand
        self._prepared = Pages((capacity * PLAYER_FRAMES, FRAME), np.uint8)
        self.prepared = self._prepared.array  #: octets of the row's codec
        self.play_next = numbers(np.int32)  #: next frame to play
        self.play_end = numbers(np.int32)  #: frames prepared
        self.play_look = numbers(np.int32)  #: at this frame the player must look: a sound ends, or more is needed

        # what we receive
        self.receives = flags()
        self.meanings = np.zeros((capacity, 128), dtype=np.uint8)  #: payload type → `rtp` meaning
        self.synced = flags()  #: the ring runs
        self.renewed = flags()  #: the next sound is of another source, in another time
        self.ssrc = numbers(np.uint32)
        self.source_at = numbers(np.int64)  #: when its first packet arrived
        self.clock = numbers(np.uint32)  #: RTP time of the next sample to be heard
        self.horizon = numbers(np.uint32)  #: RTP time after the last sample that has arrived
        self.cursor = numbers(np.int32)  #: the ring's frame that holds ``clock``
        self.dry = numbers(np.int32)  #: ticks that the ring has stood still for want of packets
        self.slack = numbers(np.int32)  #: least samples in hand in this look-out period
        self.debt = numbers(np.int32)  #: frames to stand still, for late packets asked for more delay
        self.spare = numbers(np.int32)  #: frames to be dropped to catch up
        self.lull = numbers(np.int32)  #: quiet frames in a row, while some are to be dropped
        self.overfull = numbers(np.int32)  #: look-out periods in a row with far too much in hand
        self._ring = Pages((capacity * RING_FRAMES, FRAME), np.int16)
        self.ring = self._ring.array
        self.pitch = numbers(np.int32)  #: samples; of the sound before a gap
        self.gap = np.full(capacity, concealment.FRAMES, dtype=np.int32)  #: frames concealed in a row
        self.resting = flags()  #: the peer has said that it is silent now
        self.hushed = flags()  #: and until its sound is heard again, what is missing is comfort noise
        self.silence = np.zeros((capacity, OCTETS), dtype=np.uint8)  #: how the peer says that it sounds
        self.silence_size = numbers(np.int32)
        self.silence_new = flags()  #: and that was not made a filter yet: once a tick is enough
        self.noise = np.zeros((capacity, TAPS), dtype=np.float32)  #: the filter
        self.filled = flags()  #: what was heard last stands for sound that is missing

        # statistics of what we receive (RFC 3550 A.1, A.3, A.8)
        self.base_sequence = numbers(np.uint32)
        self.highest = numbers(np.uint32)  #: extended sequence number
        self.seen = numbers(np.uint64)  #: bit n: highest - n has arrived
        self.received = numbers(np.uint32)
        self.duplicate = numbers(np.uint32)
        self.late = numbers(np.uint32)
        self.ignored = numbers(np.uint32)
        self.concealed = numbers(np.uint32)  #: frames
        self.transit = numbers(np.int64)
        self.jitter = numbers(np.float64)  #: samples
        self.past_expected = numbers(np.uint32)  #: with earlier SSRCs

        # the stream that had the same addresses before: what of it is still on its way is not ours
        self.former_until = numbers(np.int64)  #: tick
        self.former_ssrc = numbers(np.uint32)
        self.former_sequence = numbers(np.uint16)  #: the highest

        # RTCP
        self.rtcp_due = np.full(capacity, np.iinfo(np.int64).max, dtype=np.int64)  #: tick

        # keys in the sound itself
        self.wants_keys = flags()
        self.hears_tones = flags()

        self._columns = [one for one in vars(self).values() if isinstance(one, np.ndarray) and len(one) == capacity]

    def add(self, stream: int, socket: int) -> int:
        """A clean row, with random beginnings of what we send. Raises `IndexError` when all are taken."""
        row = heappop(self._free)
        self.rows = max(self.rows, row + 1)
        if row >= self._made:
            self.empty_ring(row)
            self._made = row + 1
        self.open[row] = True
        self.stream[row] = stream
        self.socket[row] = socket
        self.sequence[row] = int.from_bytes(random_octets(2))
        self.timestamp[row] = int.from_bytes(random_octets(4))
        packet = self.packets[row : row + 1]
        packet["first"] = 0x80
        packet["ssrc"] = int.from_bytes(random_octets(4))
        return row

    def remove(self, row: int) -> None:
        if self.synced[row]:
            self.empty_ring(row)
        self._clear(row)
        heappush(self._free, row)
        while self.rows and not self.open[self.rows - 1]:
            self.rows -= 1
        if not self.rows and self._made > _KEPT:
            self._ring.give_back()
            self._prepared.give_back()
            self._made = 0

    def _clear(self, row: int) -> None:
        for column in self._columns:
            column[row] = 0
        self.gap[row] = concealment.FRAMES  # of what was never heard, or is over, nothing is missing
        self.rtcp_due[row] = np.iinfo(np.int64).max

    def empty_ring(self, row: int) -> None:
        self.ring[row * RING_FRAMES : (row + 1) * RING_FRAMES] = EMPTY
