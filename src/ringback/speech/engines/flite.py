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
        """From a file: flite reads no standard input, and /dev/stdin cannot be opened when that is a socket."""
        written = target.with_suffix(".txt")
        written.write_text(text, encoding="utf-8", errors="replace")
        try:
            chosen = _VOICES.get(voice, _VOICES["man"])
            await self._program.run("-voice", chosen, "-f", str(written), "-o", str(target))
        finally:
            written.unlink(missing_ok=True)


ENGINE = Flite()
