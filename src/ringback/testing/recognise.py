"""Recognises a known sound in what a telephone heard, by its samples: whole or in part, begun late or interrupted.

What is heard went through G.711 and a jitter buffer: samples differ by rounding, a packet may be missing, and the
delay may jump. So a short window of the heard sound is looked up in the known one by normalised cross-correlation (one
FFT), and from there both are compared block by block, forwards and backwards, as far as they agree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
_Floats = npt.NDArray[np.float64]
_Flags = npt.NDArray[np.bool_]

RATE = 8000
#: samples that are compared at a time: 20 ms, a packet
BLOCK = 160
#: root mean square above which a block is sound and no silence (-47 dB of full scale); the engine's jitter buffer may
#: drop frames that are quieter
LOUD = 150.0
#: samples of the window that is looked up: 0.2 s
_WINDOW = 1600
#: least correlation of a window, and of a block
_SAME_WINDOW, _SAME_BLOCK = 0.9, 0.8
#: blocks in a row that may disagree (lost packets, concealed) before the sound counts as interrupted
_PATIENCE = 5
#: jumps of the delay, in samples, that are tried for what is missing: whole packets, up to 0.3 s
_JUMPS = [packets * BLOCK for distance in range(1, 16) for packets in (distance, -distance)]
#: blocks from what was heard within which such a jump is believed
_NEAR = 15
#: offsets followed when a window fits at many places (a tone)
_CANDIDATES = 40


@dataclass(frozen=True, slots=True)
class Hearing:
    """How much of a known sound was heard, and where. All in samples of 8 kHz."""

    start: int  # in what was heard
    end: int
    first: int  # in the known sound
    last: int
    length: int  # of the known sound
    missed: int  # loud samples of the known sound that were not heard, before, inside and after

    @property
    def seconds(self) -> float:
        """How long it was heard."""
        return (self.end - self.start) / RATE

    @property
    def whole(self) -> bool:
        """Whether nothing but silence is missing."""
        return self.missed == 0

    @property
    def missed_ms(self) -> int:
        return self.missed * 1000 // RATE

    def __str__(self) -> str:
        whole = "whole" if self.whole else f"{self.missed_ms} ms of its sound missed"
        return (
            f"heard {self.start / RATE:.2f}-{self.end / RATE:.2f} s: "
            f"its {self.first / RATE:.2f}-{self.last / RATE:.2f} s of {self.length / RATE:.2f} s, {whole}"
        )


class KnownSound:
    """A sound that can be recognised; what costs time is computed once."""

    def __init__(self, samples: Samples) -> None:
        if not loud_blocks(samples).any():
            raise ValueError("silence cannot be recognised: the sound has no block above -47 dB")
        self.length = len(samples)
        self.samples = _in_blocks(samples).astype(np.float64).ravel()
        self.blocks = self.samples.reshape(-1, BLOCK)
        self.loud: _Flags = loud_blocks(samples, rounded_up=True)
        self.window = max(BLOCK, min(_WINDOW, len(self.samples) // 2 // BLOCK * BLOCK))

    @cached_property
    def _size(self) -> int:
        return 1 << (len(self.samples) + self.window).bit_length()

    @cached_property
    def _spectrum(self) -> npt.NDArray[np.complex128]:
        return np.fft.rfft(self.samples, self._size)

    @cached_property
    def _energies(self) -> _Floats:
        """The energy of each window of it."""
        total = np.concatenate(([0.0], np.cumsum(self.samples**2)))
        return total[self.window :] - total[: -self.window]

    def offsets_of(self, window: _Floats) -> list[int]:
        """Where ``window`` (``self.window`` samples) may come from, the likeliest first; empty: from nowhere."""
        energy = float(window @ window)
        product = np.fft.irfft(self._spectrum * np.conj(np.fft.rfft(window, self._size)), self._size)
        likeness = product[: len(self._energies)] / np.sqrt(self._energies * energy + 1.0)
        likeness[(self._energies < energy / 4) | (self._energies > energy * 4)] = 0.0
        best = float(likeness.max())
        if best < _SAME_WINDOW:
            return []
        return _peaks(likeness, max(_SAME_WINDOW, best - 0.03))

    @cached_property
    def loud_samples(self) -> int:
        """How much of it is no silence."""
        return int(self.loud.sum()) * BLOCK


def find(known: KnownSound, heard: Samples, start: int = 0, tries: int | None = None) -> Hearing | None:
    """The first place at or after ``start`` where a part of ``known`` is in ``heard``; None: nowhere.

    ``tries``: how many windows of sound are looked up, 0.1 s apart; None: all.
    """
    signal = heard.astype(np.float64)
    for at in islice(_loud_windows(heard, start, known.window), tries):
        offsets = known.offsets_of(signal[at : at + known.window])
        if offsets:
            hearings = (_follow(known, signal, at, offset, start) for offset in offsets[:_CANDIDATES])
            return max(hearings, key=lambda hearing: (hearing.seconds, -hearing.missed))
    return None


def loud_blocks(samples: Samples, *, rounded_up: bool = False) -> _Flags:
    """Which blocks of 20 ms are sound and no silence; a last part of a block is left out unless ``rounded_up``."""
    blocks = _in_blocks(samples) if rounded_up else samples[: len(samples) // BLOCK * BLOCK].reshape(-1, BLOCK)
    energy = np.einsum("ij,ij->i", blocks, blocks, dtype=np.float64)
    return np.asarray(energy > LOUD * LOUD * BLOCK)


def _in_blocks(samples: Samples) -> Samples:
    """Whole blocks, the last filled up with silence."""
    return np.pad(samples, (0, -len(samples) % BLOCK)).reshape(-1, BLOCK)


def _loud_windows(heard: Samples, start: int, size: int) -> Iterator[int]:
    """Where to look: windows half a window apart that begin with sound and are mostly sound."""
    loud = loud_blocks(heard[start:])
    blocks = size // BLOCK
    at = 0
    while at + blocks <= len(loud):
        if loud[at] and loud[at : at + blocks].mean() > 0.5:
            yield start + at * BLOCK
            at += max(1, blocks // 2)
        else:
            at += 1


def _peaks(likeness: _Floats, least: float) -> list[int]:
    """The offsets of the local maxima of at least ``least``, the highest first."""
    padded = np.concatenate(([0.0], likeness, [0.0]))
    middle = padded[1:-1]
    found = np.flatnonzero((middle >= least) & (middle >= padded[:-2]) & (middle > padded[2:]))
    return [int(offset) for offset in found[np.argsort(-likeness[found], kind="stable")]]


def _follow(known: KnownSound, signal: _Floats, at: int, offset: int, start: int) -> Hearing:
    """From a window that agrees at ``signal[at]`` and ``known.samples[offset]``: how far they agree."""
    anchor = -(-offset // BLOCK)
    shift = at - offset
    same = _agreement(known, signal, shift, start)
    found = _Found(known)
    found.take(same, _first_of_run(same, known.loud, anchor), anchor + 1, shift)
    last = anchor
    while (end := _end_of_run(same, known.loud, last)) > last:
        found.take(same, last, end, shift)
        jumped = _after_jump(known, signal, end, end * BLOCK + shift)
        if jumped is None:
            break
        last, shift = jumped
        same = _agreement(known, signal, shift, start)
    for near in _JUMPS if found.missed else ():
        found.take_missing(_agreement(known, signal, at - offset + near, start), at - offset + near)
    return found.hearing()


class _Found:
    """The blocks of a known sound that were heard, and how much later than in it."""

    def __init__(self, known: KnownSound) -> None:
        self._known = known
        self._got = np.zeros(len(known.blocks), dtype=np.bool_)
        self._shift = np.zeros(len(known.blocks), dtype=np.int64)

    def take(self, same: _Flags, first: int, last: int, shift: int) -> None:
        """The blocks of ``same`` from ``first`` to before ``last``."""
        self._got[first:last] |= same[first:last]
        self._shift[first:last] = shift

    def take_missing(self, same: _Flags, shift: int) -> None:
        """Sound (no silence) that is missing so far, next to what was heard: the delay jumped for a moment."""
        heard = np.flatnonzero(self._got)
        fresh = same & self._known.loud & ~self._got
        fresh[: max(0, heard[0] - _NEAR)] = False
        fresh[heard[-1] + _NEAR :] = False
        self._got |= fresh
        self._shift[fresh] = shift

    @property
    def missed(self) -> int:
        """Loud samples that were not heard."""
        return int((self._known.loud & ~self._got).sum()) * BLOCK

    def hearing(self) -> Hearing:
        heard = np.flatnonzero(self._got & self._known.loud)
        first, last = (int(heard[0]), int(heard[-1]) + 1) if len(heard) else (0, 0)
        return Hearing(
            start=first * BLOCK + int(self._shift[first]),
            end=last * BLOCK + int(self._shift[max(0, last - 1)]),
            first=first * BLOCK,
            last=min(last * BLOCK, self._known.length),
            length=self._known.length,
            missed=self.missed,
        )


def _agreement(known: KnownSound, signal: _Floats, shift: int, start: int) -> _Flags:
    """Which blocks of the known sound are in the signal when it is ``shift`` samples later there."""
    same = np.zeros(len(known.blocks), dtype=np.bool_)
    low = max(0, -(-(start - shift) // BLOCK))
    high = min(len(known.blocks), (len(signal) - shift) // BLOCK)
    if high <= low:
        return same
    theirs = signal[low * BLOCK + shift : high * BLOCK + shift].reshape(-1, BLOCK)
    ours = known.blocks[low:high]
    energy, known_energy = np.einsum("ij,ij->i", theirs, theirs), np.einsum("ij,ij->i", ours, ours)
    product = np.einsum("ij,ij->i", ours, theirs)
    silence = LOUD * LOUD * BLOCK
    alike = product > _SAME_BLOCK * np.sqrt(energy * known_energy + 1.0)
    same[low:high] = alike | ((energy <= 2 * silence) & (known_energy <= silence))
    return same


def _end_of_run(same: _Flags, loud: _Flags, first: int) -> int:
    """The block after the last sound that agrees, from ``first`` on, over at most `_PATIENCE` blocks that do not."""
    end, wrong = first, 0
    for at, (alike, sound) in enumerate(zip(same[first:].tolist(), loud[first:].tolist(), strict=True), first):
        if not alike:
            wrong += 1
        elif sound:
            end, wrong = at + 1, 0
        if wrong > _PATIENCE:
            break
    return end


def _first_of_run(same: _Flags, loud: _Flags, last: int) -> int:
    """The first block of sound that agrees, from ``last`` backwards, likewise."""
    return len(same) - _end_of_run(same[::-1], loud[::-1], len(same) - 1 - last)


def _after_jump(known: KnownSound, signal: _Floats, block: int, at: int) -> tuple[int, int] | None:
    """Where both agree again soon after ``block`` when the delay jumped by at most half a second: (block, shift)."""
    for begin in range(at, min(at + RATE // 2, len(signal) - known.window), known.window // 2):
        window = signal[begin : begin + known.window]
        if not (window @ window) > LOUD * LOUD * known.window:
            continue
        for offset in known.offsets_of(window):
            if abs((begin - offset) - (at - block * BLOCK)) <= RATE // 2 and offset + known.window > block * BLOCK:
                return max(block, -(-offset // BLOCK)), begin - offset
    return None
