"""flite: English only; the second choice."""

from pathlib import Path

from ringback.speech.engine import SpeechEngine
from ringback.speech.program import Program

_VOICES = {"man": "rms", "woman": "slt"}


class Flite(SpeechEngine):
    name = "flite"
    rank = 2
    remedy = "apt install flite"

    def __init__(self) -> None:
        self._program = Program("flite")

    def available(self) -> bool:
        return self._program.path is not None

    async def speak(self, text: str, language: str, voice: str, target: Path) -> None:
        await self._program.run(
            "-voice", _VOICES.get(voice, _VOICES["man"]), "-f", "/dev/stdin", "-o", str(target), text=text
        )


ENGINE = Flite()
