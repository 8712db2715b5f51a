"""Speaks texts: by the best engine of this machine, each text once, kept as a sound that can be played."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from ringback.kernel.clock import Clock, SystemClock
from ringback.kernel.registry import instances_in
from ringback.media.sound import BadSound, Sound, decode_sound, open_sound
from ringback.speech.engine import SpeechEngine
from ringback.speech.failure import NotSpoken
from ringback.web.shelf import Shelf, key_of

#: longest text, in characters: some ten minutes of speech
MOST_CHARACTERS = 10_000
#: octets of spoken texts that are kept: some nine hours
MOST_OCTETS = 536_870_912
#: programs that speak at a time; more texts wait
AT_A_TIME = 4
#: characters of a long text, and how many of those may be among them: prompts must not wait behind books
LONG, LONG_AT_A_TIME = 600, 2


class Speaker:
    """``folder`` holds what was spoken; ``engines`` None: those of `engines/`, in the order of their rank."""

    def __init__(
        self,
        folder: Path,
        clock: Clock | None = None,
        *,
        most: int = MOST_OCTETS,
        engines: Sequence[SpeechEngine] | None = None,
    ) -> None:
        found = instances_in("ringback.speech.engines", SpeechEngine) if engines is None else engines  # type: ignore[type-abstract]
        self._engines = sorted(found, key=lambda engine: engine.rank)
        self._spoken = Shelf(folder, most, clock or SystemClock())
        self._turn = asyncio.Semaphore(AT_A_TIME)
        self._long_turn = asyncio.Semaphore(LONG_AT_A_TIME)

    async def say(self, text: str, language: str = "en", voice: str = "man") -> Sound:
        """``text`` as a sound. Raises `NotSpoken`."""
        words = "".join(" " if character < " " or character == "\x7f" else character for character in text).strip()
        if len(words) > MOST_CHARACTERS:
            raise NotSpoken(f"a text of {len(words)} characters is too long to say: {MOST_CHARACTERS} at most")
        engine, code = self.engine(), language.strip().lower()[:35]

        async def make(part: Path) -> None:
            await self._speak(engine, words, code, voice, part)

        return open_sound(await self._spoken.get(key_of(engine.name, voice, code, words), make))

    def engine(self) -> SpeechEngine:
        """Who speaks. Raises `NotSpoken` with what to install."""
        for engine in self._engines:
            if engine.available():
                return engine
        remedies = " or ".join(engine.remedy for engine in self._engines)
        raise NotSpoken(f"no speech engine is installed; install one: {remedies or 'none is known'}")

    async def _speak(self, engine: SpeechEngine, words: str, language: str, voice: str, part: Path) -> None:
        wave = part.with_suffix(".wav.part")
        try:
            async with self._long_turn if len(words) > LONG else nullcontext(), self._turn:
                await engine.speak(words, language, voice, wave)
            await asyncio.to_thread(decode_sound, wave, part)
        except BadSound as error:
            raise NotSpoken(f"{engine.name} made no sound of a text: {error.message}") from error
        finally:
            wave.unlink(missing_ok=True)

    async def close(self) -> None:
        await self._spoken.close()
