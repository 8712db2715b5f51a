"""What is heard in place of sound that did not arrive: the last pitch period again and again, fading in 60 ms."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ringback.media.codec import Samples

#: frames until only silence is left
FRAMES = 3
_FRAME = 160
#: how loud the sound is at the beginning and the end of each concealed frame, and at each of its samples
_LOUDNESS = np.array([1.0, 0.85, 0.4, 0.0])
_FADES = np.linspace(_LOUDNESS[:-1], _LOUDNESS[1:], _FRAME, axis=1, endpoint=False)
_SHORTEST, _LONGEST = 32, 160  #: pitch periods tried, in samples
_TEMPLATE = 80  #: samples compared


def pitch(past: Samples) -> NDArray[np.int32]:
    """The period, in samples, at which each row's last 40 ms repeat best. Looks at every second sample."""
    past = past[:, ::2].astype(np.float32)
    end, template = past.shape[1], _TEMPLATE // 2
    shortest, longest = _SHORTEST // 2, _LONGEST // 2
    windows = sliding_window_view(past[:, end - template - longest : end - shortest], template, axis=1)
    likeness = np.einsum("rls,rs->rl", windows, past[:, end - template :])
    energy = np.einsum("rls,rls->rl", windows, windows)
    best = np.argmax(likeness * np.abs(likeness) / (energy + 1.0), axis=1)
    return np.asarray(2 * (longest - best), dtype=np.int32)


def conceal(past: Samples, period: NDArray[np.int32], nth: NDArray[np.int32]) -> Samples:
    """The ``nth`` frame (0, 1, …) after ``past`` of each row, made from its last ``period`` samples."""
    rows, width = past.shape
    steps = nth[:, None] * _FRAME + np.arange(_FRAME)
    index = (np.arange(rows) * width + width - period)[:, None] + steps % period[:, None]
    return np.asarray(past.reshape(-1)[index] * _FADES[nth], dtype=np.int16)
