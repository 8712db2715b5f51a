"""The samples of any sound that a test may name: a file, its octets, a `Sound` of the engine, an array."""

import tempfile
from pathlib import Path

import numpy as np

from ringback.media.sound import Sound, decode_sound, open_sound
from ringback.testing.recognise import Samples

SoundLike = Sound | Path | bytes | Samples


def samples_of(source: SoundLike) -> Samples:
    """``source`` as 16-bit samples at 8 kHz, mono. Raises `BadSound`. Blocks while it decodes."""
    if isinstance(source, np.ndarray):
        return source
    if isinstance(source, Sound):
        return np.fromfile(source.path, dtype="<i2").astype(np.int16)
    with tempfile.TemporaryDirectory(prefix="ringback-sound-") as folder:
        return samples_of(decode_sound(source, Path(folder) / "sound.raw"))


def sound_of(source: SoundLike, target: Path) -> Sound:
    """``source`` as a sound that a stream can play, kept at ``target`` unless it is one already."""
    if isinstance(source, Sound):
        return source
    if isinstance(source, np.ndarray):
        source.astype("<i2").tofile(target)
        return open_sound(target)
    return decode_sound(source, target)
