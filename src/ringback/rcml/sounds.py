"""Sounds of documents as the media engine plays them: fetched, then decoded once for each content."""

import asyncio
from pathlib import Path

from ringback.kernel.clock import Clock
from ringback.media.sound import Sound, decode_sound, open_sound
from ringback.web.shelf import Shelf
from ringback.web.sounds import SoundCache


class Playable:
    """``folder`` holds what was decoded, at most ``most`` octets."""

    def __init__(self, sounds: SoundCache, folder: Path, most: int, clock: Clock) -> None:
        self._sounds = sounds
        self._decoded = Shelf(folder, most, clock)

    async def from_url(self, url: str) -> Sound:
        """The sound at ``url``. Raises `FetchFailed` or `BadSound`."""
        return await self._from_file(await self._sounds.sound(url))

    async def from_octets(self, octets: bytes) -> Sound:
        """The sound in ``octets``, an audio file. Raises `BadSound`."""
        return await self._from_file(await self._sounds.keep(octets))

    async def _from_file(self, file: Path) -> Sound:
        async def decode(part: Path) -> None:
            await asyncio.to_thread(decode_sound, file, part)

        return open_sound(await self._decoded.get(file.name, decode))

    async def close(self) -> None:
        await self._decoded.close()
