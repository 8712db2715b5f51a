"""What a codec is, and which there are: one file each in `codecs/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from ringback.kernel.registry import instances_in

Octets = NDArray[np.uint8]
Samples = NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class TableCodec:
    """A codec of one octet a sample at 8 kHz, as two look-up tables."""

    name: str  #: as in ``a=rtpmap``
    payload_type: int  #: static (RFC 3551 table 4)
    preference: int  #: lower is offered first
    decode: Samples  #: 256 entries
    encode: Octets  #: 65,536 entries, indexed by the sample as an unsigned number
    mos: float = 4.4  #: best that it can sound

    @property
    def silence(self) -> int:
        """The octet of the sample 0."""
        return int(self.encode[0])

    def from_samples(self, samples: Samples) -> Octets:
        return np.take(self.encode, samples.view(np.uint16))

    def to_samples(self, octets: Octets) -> Samples:
        """Two octets at a time, which halves the work, where their number is even."""
        if octets.shape[-1] % 2 or not octets.flags.c_contiguous:
            return np.take(self.decode, octets)
        return np.take(self._decode_pairs, octets.view(np.uint16)).view(np.int16)

    @cached_property
    def _decode_pairs(self) -> NDArray[np.uint32]:
        """Two samples by two octets, in the machine's own order."""
        octets = np.arange(1 << 16, dtype=np.uint16).view(np.uint8)
        return np.take(self.decode, octets).view(np.uint32)


@cache
def codecs() -> Mapping[str, TableCodec]:
    """All codecs by name, the most preferred first."""
    found = sorted(instances_in("ringback.media.codecs", TableCodec), key=lambda codec: codec.preference)
    return {codec.name: codec for codec in found}
