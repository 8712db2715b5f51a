"""espeak-ng: more than a hundred languages, quick and robotic. Run as a program, never linked (it is GPL)."""

import re
from pathlib import Path

from ringback.speech.engine import SpeechEngine
from ringback.speech.language import spoken_as
from ringback.speech.program import Program

_VARIANTS = {"man": "m3", "woman": "f3"}
#: ``[[`` would begin phonemes
_PHONEMES = re.compile(r"\[(?=\[)")


class EspeakNg(SpeechEngine):
    name = "espeak-ng"
    rank = 1
    remedy = "apt install espeak-ng"

    def __init__(self) -> None:
        self._program = Program("espeak-ng")
        self._languages: frozenset[str] = frozenset()

    def available(self) -> bool:
        return self._program.path is not None

    async def speak(self, text: str, language: str, voice: str, target: Path) -> None:
        code = spoken_as(language, await self._known())
        variant = _VARIANTS.get(voice, _VARIANTS["man"])
        await self._program.run(
            "-v", f"{code}+{variant}", "-b", "1", "--stdin", "-w", str(target), text=_PHONEMES.sub("[ ", text)
        )

    async def _known(self) -> frozenset[str]:
        """The languages of this installation: the second column of what it lists."""
        if not self._languages:
            listed = (await self._program.run("--voices")).decode("utf-8", "replace").splitlines()[1:]
            self._languages = frozenset(columns[1].lower() for line in listed if len(columns := line.split()) > 1)
        return self._languages


ENGINE = EspeakNg()
