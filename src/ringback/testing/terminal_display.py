"""What the terminal telephone shows: lines that stay, and one line under them that moves (a level meter)."""

import sys
from typing import TextIO

import numpy as np

from ringback.testing.ear import Ear, Span
from ringback.testing.ladder import Step
from ringback.testing.recognise import RATE, Samples

_BARS = " ▁▂▃▄▅▆▇█"
#: quietest and loudest level of the meter, dB of full scale
_QUIET, _FULL = -60.0, -10.0


class Display:
    """On a terminal the moving line is drawn over; elsewhere it is left out. ``whole`` shows SIP messages in full."""

    def __init__(self, out: TextIO | None = None, *, whole: bool = False) -> None:
        self._out = sys.stdout if out is None else out
        self._moves = self._out.isatty()
        self._whole = whole
        self._drawn = 0

    def line(self, text: str) -> None:
        """A line that stays."""
        self._clear()
        print(text, file=self._out, flush=True)

    def step(self, step: Step) -> None:
        """A SIP message."""
        self.line(str(step))
        if self._whole:
            for line in step.octets.decode("utf-8", "replace").splitlines():
                self.line(f"             | {line}")

    def meter(self, ear: Ear, history: int = 24) -> None:
        """The last seconds as bars of a quarter of a second."""
        if not self._moves:
            return
        samples = ear.samples[-history * RATE // 4 :]
        levels = [level_of(samples[at : at + RATE // 4]) for at in range(0, len(samples), RATE // 4)]
        bars = "".join(_BARS[_height(level)] for level in levels)
        text = f"   hears │{bars:<{history}}│ {levels[-1] if levels else _QUIET:4.0f} dB"
        self._clear()
        self._out.write(text)
        self._out.flush()
        self._drawn = len(text)

    def _clear(self) -> None:
        if self._drawn:
            self._out.write("\r" + " " * self._drawn + "\r")
            self._drawn = 0


def level_of(samples: Samples) -> float:
    """dB of full scale; -90 for silence."""
    if not len(samples):
        return -90.0
    power = float(np.mean(samples.astype(np.float64) ** 2))
    return max(-90.0, 10 * float(np.log10(power / 32768**2 + 1e-9)))


def kind_of(ear: Ear, span: Span) -> str:
    """``tone 440 Hz`` when nearly all of its power is at one frequency, else ``sound``."""
    part = ear.samples[int(span.start * RATE) : int(span.end * RATE)][:RATE]
    power = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
    peak = int(power.argmax())
    share = power[max(0, peak - 3) : peak + 4].sum() / max(1.0, float(power.sum()))
    return f"tone {peak * RATE / len(part):.0f} Hz" if share > 0.9 else "sound"


def _height(level: float) -> int:
    share = (level - _QUIET) / (_FULL - _QUIET)
    return round(min(1.0, max(0.0, share)) * (len(_BARS) - 1))
