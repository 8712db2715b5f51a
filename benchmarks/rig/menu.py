"""The IVR that servers are compared with: a prompt of 3 s, a beep, one key, and the server hangs up."""

import contextlib
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rig.phones import sounds
from rig.server import Server
from rig.whole import whole

#: the numbers that Asterisk's FastAGI application answers, too: five seconds for the key, or a minute
MENU, LONG = "5000", "5001"
_DOCUMENT = (
    '<Response><Play>prompt.wav</Play><Gather action="bye.xml" numDigits="1" timeout="{seconds}">'
    "<Play>beep.wav</Play></Gather></Response>"
)
#: seconds from the ACK until the caller presses: prompt and beep are over by then
PRESS_AFTER = 3.6


@contextlib.contextmanager
def ringback_menu(folder: Path) -> Iterator[Server]:
    """The whole server with a customer's web server that holds the documents and the sounds."""
    documents = folder / "menu"
    documents.mkdir(exist_ok=True)
    heard = sounds(documents)
    (documents / "menu.xml").write_text(_DOCUMENT.format(seconds=5))
    (documents / "long.xml").write_text(_DOCUMENT.format(seconds=60))
    (documents / "bye.xml").write_text("<Response><Hangup/></Response>")
    for name in ("prompt", "beep"):
        write_wav(documents / f"{name}.wav", heard[name])
    with whole(folder, documents, {MENU: "menu.xml", LONG: "long.xml"}) as server:
        yield server


def write_wav(path: Path, coded: bytes) -> None:
    """µ-law as 16-bit linear samples, 8 kHz (ITU-T G.711 table 2a)."""
    code = ~np.frombuffer(coded, np.uint8)
    size = ((((code & 0x0F).astype(np.int32) << 3) + 132) << ((code >> 4) & 7)) - 132
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.where(code & 0x80, -size, size).astype("<i2").tobytes())
