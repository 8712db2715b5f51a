"""Sounds: what can be played, as raw 16-bit samples at 8 kHz in a file that never changes."""

import os
from dataclasses import dataclass
from pathlib import Path

from ringback.kernel.errors import Refusal

#: samples a second of everything in memory and on disk
RATE = 8000
#: octets of one sample
WIDTH = 2


class BadSound(Refusal):
    """What was given is no sound that can be played; the message says what is wrong with it."""

    status = 415
    sip_status = 415


@dataclass(frozen=True)
class Sound:
    """A raw file (signed 16-bit little-endian, mono, 8 kHz) that is complete and never changes."""

    path: Path
    samples: int

    @property
    def seconds(self) -> float:
        return self.samples / RATE


def open_sound(path: Path) -> Sound:
    """The raw sound that `decode_sound` or a capture left at ``path``. Raises `BadSound` when there is none."""
    try:
        size = os.stat(path).st_size
    except OSError as error:
        raise BadSound(f"the sound {path} cannot be read: {error.strerror}") from error
    return Sound(path, size // WIDTH)


def decode_sound(source: bytes | Path, target: Path) -> Sound:
    """Decodes WAV (PCM, µ-law, A-law), MP3, OGG or FLAC of any rate and channels to the raw file ``target``.

    ``target`` appears whole or not at all. Long files take bounded memory. Raises `BadSound`. Blocks: use a thread.
    """
    raise NotImplementedError
