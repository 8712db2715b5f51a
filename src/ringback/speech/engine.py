"""A speech engine: what turns text into a sound file. One engine is one file in `engines/`."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar


class SpeechEngine(ABC):
    """``rank``: the lowest that is available speaks. ``remedy``: what to install when it is not."""

    name: ClassVar[str]
    rank: ClassVar[int]
    remedy: ClassVar[str]

    @abstractmethod
    def available(self) -> bool:
        """Whether it can speak on this machine, now."""

    @abstractmethod
    async def speak(self, text: str, language: str, voice: str, target: Path) -> None:
        """Writes ``text`` as a WAV file to ``target``; ``voice`` is ``man`` or ``woman``, ``language`` in lower case.

        A language that the engine lacks is spoken as English. Raises `NotSpoken`.
        """
