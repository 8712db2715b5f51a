"""Sounds of documents as the media engine plays them: decoded once for each content."""

import asyncio
from pathlib import Path

from ringback.kernel.clock import Clock
from ringback.media.sound import Sound, decode_sound, open_sound
from ringback.web.shelf import Shelf


class Playable:
    """``folder`` holds what was decoded, at most ``most`` octets."""

    def __init__(self, folder: Path, most: int, clock: Clock) -> None:
        self._decoded = Shelf(folder, most, clock)

    async def sound(self, file: Path) -> Sound:
        """The audio ``file``, whose name stands for its content, as a sound. Raises `BadSound`."""

        async def decode(part: Path) -> None:
            await asyncio.to_thread(decode_sound, file, part)

        return open_sound(await self._decoded.get(file.name, decode))

    async def close(self) -> None:
        await self._decoded.close()
