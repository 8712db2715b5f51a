"""A customer's server, the partners that verbs need, and a call on paper."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from ringback.calls.call import Call
from ringback.kernel.clock import SystemClock
from ringback.kernel.config import load_settings
from ringback.rcml.application import Application
from ringback.rcml.interpreter import interpret
from ringback.rcml.services import Services
from ringback.speech.engine import SpeechEngine
from ringback.speech.speaker import Speaker
from ringback.testing.customer_server import CustomerServer
from ringback.web.fetcher import Fetcher
from ringback.web.sounds import SoundCache
from tests.rcml.paper_call import PaperCall

Run = Callable[..., "asyncio.Task[None]"]


def tone(seconds: float) -> bytes:
    """A WAV file of this length, of a value that no other length has."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 8000, 0, "NONE", ""))
        writer.writeframes(int(seconds * 100).to_bytes(2, "little") * int(seconds * 8000))
    return file.getvalue()


class Metronome(SpeechEngine):
    """Speaks each text in a tenth of a second a character, and remembers what it spoke."""

    name, rank, remedy = "metronome", 1, "wind it up"

    def __init__(self) -> None:
        self.spoken: list[tuple[str, str, str]] = []
        self.there = True

    def available(self) -> bool:
        return self.there

    async def speak(self, text: str, language: str, voice: str, target: Path) -> None:
        self.spoken.append((text, language, voice))
        await asyncio.to_thread(target.write_bytes, tone(len(text) / 10))


@pytest.fixture
async def customer() -> AsyncIterator[CustomerServer]:
    server = await CustomerServer.start()
    server.sound("/one.wav", tone(1))
    server.sound("/two.wav", tone(2))
    yield server
    await server.close()


@pytest.fixture
def metronome() -> Metronome:
    return Metronome()


@pytest.fixture
async def services(tmp_path: Path, metronome: Metronome) -> AsyncIterator[Services]:
    settings = load_settings(
        environment={}, options={"data_dir": str(tmp_path), "fetch.timeout": 2.0, "fetch.max_document": 100_000}
    )
    clock = SystemClock()
    fetcher = Fetcher(settings.fetch, True, clock, "Ringback/test")
    await fetcher.start()
    sounds = SoundCache(fetcher, tmp_path / "sounds", settings.fetch, clock)
    speaker = Speaker(tmp_path / "spoken", clock, engines=[metronome])
    services = Services(fetcher, sounds, speaker, settings, clock)
    yield services
    for part in (services, speaker, sounds, fetcher):
        await part.close()


@pytest.fixture
def call() -> PaperCall:
    """An answered call."""
    return PaperCall()


@pytest.fixture
def ringing() -> PaperCall:
    """An incoming call that still rings."""
    return PaperCall(answered=False)


@pytest.fixture
async def run(services: Services) -> AsyncIterator[Run]:
    """Runs an application on a call, in the background; what is left is cancelled after the test."""
    tasks: list[asyncio.Task[None]] = []

    def begin(url: str, call: PaperCall, **more: Any) -> "asyncio.Task[None]":
        work = interpret(Application(url, **more), cast(Call, call), services)
        tasks.append(asyncio.get_running_loop().create_task(work))
        return tasks[-1]

    yield begin
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
