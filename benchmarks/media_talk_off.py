"""How many keys are heard by mistake in an hour of speech, by 12 voices of espeak-ng in 10 languages. Aim: none.

python benchmarks/media_talk_off.py [text file]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from ringback.media.detector import Detector
from ringback.media.sound import decode_sound
from ringback.media.table import FRAME, Table

VOICES = ("en", "en+f3", "de", "fr", "es", "it+f2", "pl", "ru", "pt+f4", "zh", "sv", "en-us+m7")
LETTERS = 5500


def spoken(voice: str, number: int, text: str, folder: Path) -> np.ndarray:
    file = folder / f"{number}.wav"
    speed, pitch = str(140 + 5 * number), str(30 + 5 * number)
    subprocess.run(["espeak-ng", "-v", voice, "-s", speed, "-p", pitch, "-w", file, text], check=True)
    return np.fromfile(decode_sound(file, folder / str(number)).path, "<i2")


def main() -> None:
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "LICENSE"
    text = source.read_text() * 8
    with tempfile.TemporaryDirectory() as folder:
        parts = [
            spoken(voice, number, text[number * 800 : number * 800 + LETTERS], Path(folder))
            for number, voice in enumerate(VOICES)
        ]
    table = Table(len(VOICES))
    for name in range(len(VOICES)):
        table.hears_tones[table.add(name, 0)] = True
    keys: list[str] = []
    detector = Detector(table, lambda row, digit, at: keys.append(f"{digit} ({VOICES[row]})"))
    sound = np.zeros((len(VOICES), max(map(len, parts)) // FRAME * FRAME + FRAME), dtype=np.int16)
    for row, part in enumerate(parts):
        sound[row, : len(part)] = part
    begin = time.perf_counter()
    for place in range(0, sound.shape[1], FRAME):
        detector.listen(sound[:, place : place + FRAME])
    took = time.perf_counter() - begin
    minutes = sum(map(len, parts)) / 8000 / 60
    print(f"media_talk_off: {minutes:.0f} minutes of speech, {len(keys)} keys heard by mistake {keys}; {took:.1f} s")


if __name__ == "__main__":
    main()
