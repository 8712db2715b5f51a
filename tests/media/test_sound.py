"""Decoding of sound files."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ringback.media.sound import BadSound, Sound, decode_sound, open_sound
from ringback.media.wav import wav_header, write_wav


def tone(rate: int, seconds: float = 1.0, hertz: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)


def encoded(samples: np.ndarray, rate: int, kind: str, subtype: str | None = None) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()


def loudest(sound: Sound) -> float:
    samples = np.fromfile(sound.path, "<i2").astype(float)
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * 8000 / len(samples))


@pytest.mark.parametrize(
    ("kind", "subtype", "rate", "channels"),
    [
        ("WAV", "PCM_16", 8000, 1),
        ("WAV", "PCM_U8", 11025, 1),
        ("WAV", "PCM_24", 48000, 2),
        ("WAV", "FLOAT", 44100, 2),
        ("WAV", "ULAW", 8000, 1),
        ("WAV", "ALAW", 8000, 1),
        ("MP3", None, 44100, 2),
        ("OGG", "VORBIS", 22050, 1),
        ("OGG", "OPUS", 48000, 1),
        ("FLAC", None, 16000, 6),
    ],
)
def test_every_format_rate_and_channels_becomes_mono_at_8_khz(
    tmp_path: Path, kind: str, subtype: str | None, rate: int, channels: int
) -> None:
    samples = np.repeat(tone(rate)[:, None], channels, axis=1)
    sound = decode_sound(encoded(samples, rate, kind, subtype), tmp_path / "sound")
    assert abs(sound.seconds - 1.0) < 0.08  # MP3 pads
    assert abs(loudest(sound) - 440) < 3
    assert sound == open_sound(tmp_path / "sound")


def test_16_bit_8_khz_is_taken_sample_by_sample(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).integers(-32767, 32767, 20_000).astype(np.int16)
    file = tmp_path / "in.wav"
    file.write_bytes(wav_header(len(samples)) + samples.tobytes())
    sound = decode_sound(file, tmp_path / "out")
    assert (np.fromfile(sound.path, "<i2") == samples).all()


def test_a_written_wav_is_read_by_others(tmp_path: Path) -> None:
    samples = np.arange(-500, 500, dtype="<i2")
    samples.tofile(tmp_path / "raw")
    write_wav(open_sound(tmp_path / "raw"), tmp_path / "out.wav")
    read, rate = soundfile.read(tmp_path / "out.wav", dtype="int16")
    assert rate == 8000
    assert (read == samples).all()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out.wav", "raw"]


def test_a_wav_whose_writer_did_not_know_the_length_is_read_to_its_end(tmp_path: Path) -> None:
    header = bytearray(wav_header(1000))
    header[40:44] = struct.pack("<I", 0x7FFFF000)
    assert decode_sound(bytes(header) + bytes(2000), tmp_path / "s").samples == 1000


WAV = encoded(tone(8000), 8000, "WAV")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (b"", "empty file"),
        (b"<html>not found</html>", "no WAV, MP3, OGG or FLAC"),
        (bytes(1000), "no WAV, MP3, OGG or FLAC"),
        (WAV[:5000], "cut off: 11044 octets"),
        (WAV[:20], "no WAV, MP3, OGG or FLAC"),
        (wav_header(0), "not a single sample"),
        (encoded(tone(1000), 1000, "WAV"), "1000 samples a second"),
        (encoded(tone(8000, 30), 8000, "FLAC")[:20_000], "FLAC"),
    ],
)
def test_what_is_no_sound_is_refused_with_the_reason(tmp_path: Path, source: bytes, says: str) -> None:
    with pytest.raises(BadSound, match=says):
        decode_sound(source, tmp_path / "s")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSound, match="cannot be read"):
        decode_sound(tmp_path / "nothing", tmp_path / "s")
    with pytest.raises(BadSound, match="cannot be read"):
        open_sound(tmp_path / "nothing")
