"""PCMA: G.711 A-law."""

import numpy as np

from ringback.media.codec import Octets, Samples, TableCodec


def _decode() -> Samples:
    octets = np.arange(256, dtype=np.int32) ^ 0x55
    segment = (octets >> 4) & 7
    base = (octets & 0x0F) << 4
    magnitude = np.where(segment == 0, base + 8, base + 0x108 << np.maximum(segment - 1, 0))
    return np.where(octets & 0x80, magnitude, -magnitude).astype(np.int16)


def _encode() -> Octets:
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.where(samples < 0, ~samples, samples)
    segment = np.where(magnitude < 256, 0, np.log2(np.maximum(magnitude, 256)).astype(np.int32) - 7)
    mantissa = (magnitude >> np.maximum(segment + 3, 4)) & 0x0F
    octets = np.where(samples < 0, 0, 0x80) | segment << 4 | mantissa
    return np.asarray(octets ^ 0x55, dtype=np.uint8)


PCMA = TableCodec("PCMA", payload_type=8, preference=1, decode=_decode(), encode=_encode())
