"""Makes the sounds that come with Ringback: 8 kHz, 16 bit, mono WAV. Needs numpy, soxr, soundfile and espeak-ng.

Run it again after a change: ``.venv/bin/python scripts/make_sounds.py``. The same machine makes the same files.
"""

import io
import subprocess
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

RATE: Final = 8000
HERE: Final = Path(__file__).resolve().parent.parent / "src" / "ringback" / "demos"
Sound = npt.NDArray[np.float64]


def tones(seconds: float, *hertz: float, level: float = 0.2) -> Sound:
    """A sum of sines, with soft ends of 5 ms."""
    time = np.arange(round(seconds * RATE)) / RATE
    return soft(level * sum((np.sin(2 * np.pi * pitch * time) for pitch in hertz), np.zeros(len(time))), 0.005)


def soft(sound: Sound, seconds: float) -> Sound:
    """``sound`` that begins and ends without a click."""
    ramp = np.minimum(np.arange(len(sound)) / (seconds * RATE), 1.0)
    return sound * ramp * ramp[::-1]


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * RATE))


def speech(text: str, seconds: float) -> Sound:
    """``text`` spoken at the pace that fits into ``seconds``, with silence to their end."""
    for pace in range(150, 260, 5):
        command = ["espeak-ng", "-v", "en-us", "-s", str(pace), "-a", "120", "--stdout", text]
        spoken, rate = soundfile.read(io.BytesIO(subprocess.run(command, check=True, capture_output=True).stdout))
        sound = np.trim_zeros(soxr.resample(spoken, rate, RATE, quality="VHQ"))
        if len(sound) <= (seconds - 0.15) * RATE:
            rest = round(seconds * RATE) - len(sound) - RATE // 20
            return np.concatenate([silence(0.05), sound * (0.7 / np.abs(sound).max()), np.zeros(rest)])
    raise SystemExit(f"{text!r} does not fit into {seconds} s")


def pluck(pitch: float, seconds: float, noise: np.random.Generator) -> Sound:
    """A plucked string (Karplus and Strong), one period of noise that is filtered again and again."""
    period = round(RATE / pitch)
    string = noise.uniform(-1, 1, period)
    out = np.empty(round(seconds * RATE))
    for start in range(0, len(out), period):
        count = min(period, len(out) - start)
        out[start : start + count] = string[:count]
        string = 0.996 * (0.55 * string + 0.45 * np.roll(string, 1))
    return soft(out, 0.003)


def music() -> Sound:
    """Forty seconds of plucked chords in A minor, made to be looped."""
    noise = np.random.default_rng(1876)
    beat = 0.3125
    chords = [
        (110.0, (57, 60, 64, 69)),
        (87.31, (53, 57, 60, 65)),
        (130.81, (60, 64, 67, 72)),
        (98.0, (55, 59, 62, 67)),
    ]
    piece = np.zeros(round(128 * beat * RATE) + 4 * RATE)
    for bar in range(16):
        bass, notes = chords[bar % 4]
        add(piece, bar * 8 * beat, 0.5 * pluck(bass, 8 * beat, noise))
        for step in range(8):
            note = notes[(step * (3 if bar % 8 >= 4 else 1) + bar // 4) % 4] + (12 if step % 4 == 3 else 0)
            add(piece, (bar * 8 + step) * beat, 0.35 * pluck(440 * 2 ** ((note - 69) / 12), 1.6, noise))
    length = round(128 * beat * RATE)
    piece[: len(piece) - length] += piece[length:]
    return 0.6 * piece[:length] / np.abs(piece[:length]).max()


def add(piece: Sound, at: float, note: Sound) -> None:
    start = round(at * RATE)
    piece[start : start + len(note)] += note


def main() -> None:
    sounds = {
        "audio/demo-prompt.wav": speech(
            "Welcome to Ringback. This is the demonstration prompt of your phone system.", 3.9
        ),
        "audio/reject.wav": speech("We are sorry. The person you have called does not take your call. Good bye.", 4.2),
        "audio/ringing.wav": np.concatenate([tones(2, 440, 480, level=0.1), silence(4)] * 2),
        "audio/beep.wav": np.concatenate([tones(0.5, 1000), silence(0.5)]),
        "audio/alert.wav": np.concatenate([tones(0.3, 880), silence(0.1), tones(0.3, 587.33)]),
        "audio/one-second-silence.wav": silence(1),
        "music/waiting.wav": music(),
    }
    for name, sound in sounds.items():
        path = HERE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, sound, RATE, subtype="PCM_16")
        print(f"{name}: {len(sound) / RATE:.1f} s, {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
