"""A page: the document that runs, where it came from, and the sounds that it names, each fetched once."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from ringback.kernel.journal import Journal
from ringback.media.sound import Sound
from ringback.rcml.services import Services
from ringback.web.failure import FetchFailed, without_password
from ringback.web.url import resolve


class Page:
    """``url``: where the document came from in the end; relative URLs in it are seen from there."""

    def __init__(self, url: str, services: Services, journal: Journal) -> None:
        self.url = url
        self.services = services
        self._journal = journal
        self._sounds: dict[tuple[str, ...], asyncio.Task[Sound]] = {}

    def resolve(self, reference: str | None) -> str:
        """``reference`` as an absolute URL; None or empty: the document itself. Raises `FetchFailed` (11100)."""
        return resolve(self.url, reference) if reference else self.url

    def want_sound(self, reference: str) -> "asyncio.Task[Sound]":
        """The sound at ``reference`` is on its way from now on. The task raises `FetchFailed` or `BadSound`."""
        url = self.resolve(reference)
        return self._once((url,), lambda: self._fetched(url))

    def want_spoken(self, text: str, language: str, voice: str) -> "asyncio.Task[Sound]":
        """The sound of ``text`` is being made from now on. The task raises `NotSpoken`."""
        return self._once((text, language, voice), lambda: self.services.speaker.say(text, language, voice))

    async def sound(self, reference: str) -> Sound:
        """What `want_sound` brings."""
        return await asyncio.shield(self.want_sound(reference))

    async def spoken(self, text: str, language: str, voice: str) -> Sound:
        """What `want_spoken` brings."""
        return await asyncio.shield(self.want_spoken(text, language, voice))

    def hold_sound(self, file: Path) -> None:
        """The document is itself this sound: what its URL sounds like needs no second request."""
        self._once((self.url,), lambda: self.services.playable.sound(file))

    async def _fetched(self, url: str) -> Sound:
        facts = {"url": without_password(url), "method": "GET", "purpose": "sound"}
        try:
            found = await self.services.sounds.find(url)
        except FetchFailed as failure:
            self._journal.add("fetch", **facts, error=failure.message)
            raise
        if (answer := found.answer) is not None:
            self._journal.add("fetch", **facts, status=answer.status, ms=answer.ms, content_type=answer.content_type)
        else:
            self._journal.add("fetch", **facts, cached=True, error=found.error)
        return await self.services.playable.sound(found.path)

    def _once(self, key: tuple[str, ...], make: Callable[[], Coroutine[Any, Any, Sound]]) -> "asyncio.Task[Sound]":
        task = self._sounds.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(make(), name=f"sound {key[0][:100]}")
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._sounds[key] = task
        return task

    def close(self) -> None:
        """Nobody waits for the sounds that are not there yet."""
        for task in self._sounds.values():
            task.cancel()
