"""Sound files: decoded to a raw file that is whole, or refused with a reason and without a trace."""

import io
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np

from ringback.media.sound import LONGEST, RATE, WIDTH, BadSound, decode_sound
from ringback.media.wav import wav_header
from tests.fuzz.target import Target


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="ringback-fuzz-")


def _take(octets: bytes) -> None:
    target = Path(_folder().name, "sound.raw")
    target.unlink(missing_ok=True)
    try:
        sound = decode_sound(octets, target)
    except BadSound as bad:
        assert bad.message
        assert not list(Path(_folder().name).iterdir())
        return
    assert 0 < sound.samples <= LONGEST * RATE
    assert target.stat().st_size == sound.samples * WIDTH
    assert list(Path(_folder().name).iterdir()) == [target]


def _seeds() -> Iterable[bytes]:
    import soundfile

    tone = np.sin(np.arange(200) / 5).astype(np.float32)
    yield wav_header(200) + (tone * 9000).astype("<i2").tobytes()
    for form, kind in (("WAV", "ULAW"), ("WAV", "PCM_24"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", None)):
        file = io.BytesIO()
        soundfile.write(file, tone, 16000, format=form, subtype=kind)
        yield file.getvalue()


TARGET = Target(_take, _seeds, (b"RIFF", b"WAVEfmt ", b"data", b"fLaC", b"OggS", b"ID3", b"\xff\xfb"), 6000)
