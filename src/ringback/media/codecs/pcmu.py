"""PCMU: G.711 µ-law."""

import numpy as np

from ringback.media.codec import Octets, Samples, TableCodec

_BIAS, _CLIP = 132, 32635


def _decode() -> Samples:
    octets = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((octets & 0x0F) << 3) + _BIAS << ((octets >> 4) & 7)) - _BIAS
    return np.where(octets & 0x80, -magnitude, magnitude).astype(np.int16)


def _encode() -> Octets:
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(samples), _CLIP) + _BIAS
    segment = np.log2(magnitude).astype(np.int32) - 7
    octets = np.where(samples < 0, 0x80, 0) | segment << 4 | (magnitude >> (segment + 3)) & 0x0F
    return np.asarray(~octets & 0xFF, dtype=np.uint8)


PCMU = TableCodec("PCMU", payload_type=0, preference=0, decode=_decode(), encode=_encode())
