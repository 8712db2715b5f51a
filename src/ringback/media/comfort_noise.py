"""Comfort noise (RFC 3389): what is heard while a peer says that it is silent, as loud and as dark as it says.

A row's noise is white noise through a filter of its own, which holds the level, too; so all rows are one product.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ringback.media.codec import Samples

#: length of a row's filter, in samples
TAPS = 64
#: reflection coefficients that are looked at; what is finer than this nobody hears in noise
ORDER = 12
#: and so many octets of a payload
OCTETS = 1 + ORDER
_FRAME = 160
_OVERLOAD = 32767.0  #: root mean square at 0 dBov
_WHITE = np.random.default_rng(3389).standard_normal(1 << 16).astype(np.float32)
_STEPS = np.arange(_FRAME + TAPS - 1)
Filters = NDArray[np.float32]


def filters(payloads: NDArray[np.uint8], sizes: NDArray[np.int32]) -> Filters:
    """(packets, `TAPS`) for payloads of (packets, `OCTETS`) octets, of which ``sizes`` were sent (§3.1, §3.2)."""
    levels = _OVERLOAD * 10.0 ** (-(payloads[:, 0] & 0x7F).astype(np.float64) / 20)
    known = np.arange(1, ORDER + 1) < sizes[:, None]
    reflections = np.where(known, 258.0 * (payloads[:, 1 : ORDER + 1].astype(np.float64) - 127) / 32768, 0.0)
    responses = _impulse_responses(_predictors(np.clip(reflections, -0.9999, 0.9999)))
    energy = np.sqrt((responses**2).sum(axis=1))
    return np.asarray(responses * (levels / energy)[:, None], dtype=np.float32)


def _predictors(reflections: NDArray[np.float64]) -> NDArray[np.float64]:
    """The coefficients of A(z) = 1 + a₁z⁻¹ + … (the step-up recursion)."""
    found = np.zeros_like(reflections)
    for order in range(ORDER):
        last = reflections[:, order : order + 1]
        found[:, :order] += last * found[:, :order][:, ::-1]
        found[:, order] = last[:, 0]
    return found


def _impulse_responses(predictors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of 1 / A(z)."""
    found = np.zeros((len(predictors), ORDER + TAPS))
    found[:, ORDER] = 1.0
    for place in range(ORDER + 1, ORDER + TAPS):
        found[:, place] = -(predictors * found[:, place - ORDER : place][:, ::-1]).sum(axis=1)
    return found[:, ORDER:]


def render(wanted: Filters, rows: NDArray[np.intp], tick: int) -> Samples:
    """20 ms of noise for each of ``rows``, going on from the last tick's."""
    begin = rows * 9973 + tick * _FRAME
    white = _WHITE[(begin[:, None] + _STEPS) % len(_WHITE)]
    noise = np.einsum("rst,rt->rs", sliding_window_view(white, TAPS, axis=1), wanted[:, ::-1])
    return np.asarray(np.clip(np.rint(noise), -32767, 32767), dtype=np.int16)
