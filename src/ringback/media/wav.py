"""WAV files for the outside: PCM, 16 bit, mono, 8 kHz."""

import os
import shutil
import struct
from pathlib import Path

from ringback.media.sound import RATE, WIDTH, Sound

_PCM, _MONO = 1, 1


def wav_header(samples: int) -> bytes:
    """The 44 octets before ``samples`` raw samples."""
    size = samples * WIDTH
    form = struct.pack("<HHIIHH", _PCM, _MONO, RATE, RATE * WIDTH, WIDTH, WIDTH * 8)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", size)
    )


def write_wav(sound: Sound, target: Path) -> None:
    """Writes ``sound`` as a WAV file, which appears whole or not at all. Bounded memory; blocks."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        with open(sound.path, "rb") as raw, open(unfinished, "wb") as file:
            file.write(wav_header(sound.samples))
            shutil.copyfileobj(raw, file)
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
