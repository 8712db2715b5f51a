"""Talk-off: an hour of speech, in which no key is pressed and none may be heard."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from ringback.media.sound import decode_sound
from tests.media.hand import Sound
from tests.media.test_detector import heard

ROOT = Path(__file__).parents[2]
#: voice, pitch (0 to 99), words a minute, how many times louder
SPEAKERS = (
    *(("en", 50, 175, 1.0), ("en-us+m7", 20, 160, 2.0), ("en+f3", 85, 200, 1.0), ("de", 40, 150, 1.5)),
    *(("fr+f3", 70, 170, 1.0), ("es+m1", 10, 190, 1.0), ("it+f2", 99, 160, 2.5), ("pl", 60, 140, 1.0)),
    *(("ru+m3", 0, 130, 1.0), ("pt+f4", 90, 220, 1.0), ("zh", 55, 150, 1.0), ("sv+m5", 30, 240, 3.0)),
)


def spoken(voice: str, pitch: int, speed: int, text: str, folder: Path) -> Sound:
    command = ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(speed), "-w", str(folder / "speech.wav")]
    subprocess.run([*command, "--stdin"], check=True, input=text.encode())
    return np.fromfile(decode_sound(folder / "speech.wav", folder / "speech").path, "<i2")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng speaks the text")
@pytest.mark.parametrize("speaker", range(len(SPEAKERS)))
def test_five_minutes_of_each_voice_are_no_key(speaker: int, tmp_path: Path) -> None:
    """Twelve voices: an hour in all."""
    voice, pitch, speed, louder = SPEAKERS[speaker]
    text = "".join(page.read_text() for page in (ROOT / "LICENSE", *sorted((ROOT / "docs").glob("*.md"))))
    text = (text * 3)[2000 * speaker :][:12_000]
    sound = spoken(voice, pitch, speed, text, tmp_path)[: 8000 * 300]
    assert len(sound) == 8000 * 300
    assert heard(sound * louder) == ""
