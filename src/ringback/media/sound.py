"""Sounds: what can be played, as raw 16-bit samples at 8 kHz in a file that never changes."""

from __future__ import annotations

import io
import os
import struct
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ringback.kernel.errors import Refusal

#: samples a second of everything in memory and on disk
RATE = 8000
#: octets of one sample
WIDTH = 2
#: the longest sound that is taken, in seconds
LONGEST = 4 * 3600
_LOWEST_RATE, _HIGHEST_RATE = 4000, 384_000
_MOST_CHANNELS = 32
#: chunks of a WAV file that are looked at
_MOST_CHUNKS = 1000
#: frames decoded at once
_BLOCK = 65_536
#: lengths in a WAV header from here on stand for "not known": the writer could not go back
_UNKNOWN_LENGTH = 0x7FFF0000


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
    for _ in decode_in_steps(source, target):
        pass
    return open_sound(target)


def decode_in_steps(source: bytes | Path, target: Path) -> Generator[None, None, None]:
    """`decode_sound` in steps of some milliseconds, so that many can take turns; closed halfway, it leaves nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:80]}-", suffix=".part")
    try:
        with open(descriptor, "wb") as file, _opened(source) as encoded:
            _check_length(encoded)
            samples = yield from _decode(encoded, file)
        if samples == 0:
            raise BadSound("the sound holds not a single sample")
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def _opened(source: bytes | Path) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        return open(source, "rb")
    except OSError as error:
        raise BadSound(f"the sound {source} cannot be read: {error.strerror}") from error


def _check_length(encoded: BinaryIO) -> None:
    """Raises `BadSound` for an empty file, and for a WAV file that ends before its own end."""
    size = encoded.seek(0, os.SEEK_END)
    encoded.seek(0)
    if size == 0:
        raise BadSound("the sound is an empty file")
    head = encoded.read(12)
    if head[:4] == b"RIFF" and head[8:] == b"WAVE":
        for _ in range(_MOST_CHUNKS):
            if len(chunk := encoded.read(8)) < 8:
                break
            name, length = struct.unpack("<4sI", chunk)
            missing = encoded.tell() + length - size
            if name == b"data" and missing > 0 and length < _UNKNOWN_LENGTH:
                raise BadSound(f"the WAV file is cut off: {missing} octets of its sound are missing")
            encoded.seek(length + length % 2, os.SEEK_CUR)
    encoded.seek(0)


def _decode(encoded: BinaryIO, target: BinaryIO) -> Generator[None, None, int]:
    """Writes the raw samples, a block a step; how many."""
    import soundfile  # here, because media workers never decode and should stay small

    written = 0
    try:
        with soundfile.SoundFile(encoded) as opened:
            _check_format(opened.samplerate, opened.channels)
            for block in _resampled(opened):
                target.write(np.clip(np.rint(block * 32768.0), -32767, 32767).astype("<i2").tobytes())
                written += len(block)
                if written > LONGEST * RATE:
                    raise BadSound(f"the sound is longer than {LONGEST // 3600} hours")
                yield
            if opened.format == "FLAC" and written * opened.samplerate < (opened.frames - _BLOCK) * RATE:
                raise BadSound("the FLAC file is cut off")
    except soundfile.LibsndfileError as error:
        raise BadSound(f"this is no WAV, MP3, OGG or FLAC that can be decoded: {error.error_string}") from error
    return written


def _check_format(rate: int, channels: int) -> None:
    if not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
        raise BadSound(f"the sound has {rate} samples a second; {_LOWEST_RATE} to {_HIGHEST_RATE} are taken")
    if channels > _MOST_CHANNELS:
        raise BadSound(f"the sound has {channels} channels; up to {_MOST_CHANNELS} are taken")


def _blocks(opened: Any) -> Iterator[NDArray[np.float32]]:
    """Read one after the other: of some codings nobody knows the length before the end."""
    while len(block := opened.read(_BLOCK, dtype="float32", always_2d=True)):
        yield block


def _resampled(opened: Any) -> Iterator[NDArray[np.float32]]:
    """Blocks of mono sound at 8 kHz, from -1 to 1."""
    blocks = (block.mean(axis=1) for block in _blocks(opened))
    if opened.samplerate == RATE:
        yield from blocks
        return
    import soxr

    stream = soxr.ResampleStream(opened.samplerate, RATE, 1, dtype="float32")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)
