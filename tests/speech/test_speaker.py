"""The speaker: each text once, bounded, by the best engine there is; what fails says what to do."""

import asyncio
import io
import wave
from pathlib import Path

import pytest

from ringback.speech.engine import SpeechEngine
from ringback.speech.engines import espeak_ng, flite
from ringback.speech.failure import NotSpoken
from ringback.speech.speaker import AT_A_TIME, LONG, MOST_CHARACTERS, Speaker


def wav(samples: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 8000, 0, "NONE", ""))
        writer.writeframes(b"\x10\x00" * samples)
    return file.getvalue()


class Parrot(SpeechEngine):
    """Speaks 80 samples a character."""

    name, rank, remedy = "parrot", 5, "buy a parrot"

    def __init__(self, rank: int = 5, there: bool = True, octets: bytes | None = None) -> None:
        self.rank = rank  # type: ignore[misc]
        self.there = there
        self.octets = octets
        self.spoken: list[str] = []
        self.at_once = 0
        self.most_at_once = 0

    def available(self) -> bool:
        return self.there

    async def speak(self, text: str, language: str, voice: str, target: Path) -> None:
        self.spoken.append(text)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.001)
        self.at_once -= 1
        octets = wav(80 * len(text)) if self.octets is None else self.octets
        await asyncio.to_thread(target.write_bytes, octets)


async def test_each_text_voice_and_language_is_spoken_once(tmp_path: Path) -> None:
    parrot = Parrot()
    speaker = Speaker(tmp_path, engines=[parrot])
    sounds = await asyncio.gather(*(speaker.say("hello") for _ in range(20)))
    assert len({sound.path for sound in sounds}) == 1
    assert sounds[0].samples == 400
    assert await speaker.say(" hello\x00\n") == sounds[0]
    assert parrot.spoken == ["hello"]
    others = [await speaker.say("hello", "de"), await speaker.say("hello", "en", "woman"), await speaker.say("Hello")]
    assert len({sound.path for sound in [*others, sounds[0]]}) == 4


async def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    first = await Speaker(tmp_path, engines=[Parrot()]).say("hello")
    parrot = Parrot()
    assert await Speaker(tmp_path, engines=[parrot]).say("hello") == first
    assert parrot.spoken == []


async def test_few_speak_at_a_time(tmp_path: Path) -> None:
    parrot = Parrot()
    speaker = Speaker(tmp_path, engines=[parrot])
    await asyncio.gather(*(speaker.say(f"text {number}") for number in range(30)))
    assert parrot.most_at_once == AT_A_TIME


class SlowReader(Parrot):
    """Does not come to the end of a book before it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()

    async def speak(self, text: str, language: str, voice: str, target: Path) -> None:
        if len(text) > LONG:
            await self.go_on.wait()
        await super().speak(text, language, voice, target)


async def test_many_long_texts_do_not_hold_up_a_short_one(tmp_path: Path) -> None:
    reader = SlowReader()
    speaker = Speaker(tmp_path, engines=[reader])
    books = [asyncio.ensure_future(speaker.say(f"{number} " + "x" * LONG)) for number in range(20)]
    prompts = await asyncio.gather(*(speaker.say(f"prompt {number}") for number in range(20)))
    assert len(prompts) == 20
    assert not any(book.done() for book in books)
    reader.go_on.set()
    assert len(await asyncio.gather(*books)) == 20


async def test_the_best_engine_that_is_there_speaks(tmp_path: Path) -> None:
    best, second, third = Parrot(1, there=False), Parrot(2), Parrot(3)
    speaker = Speaker(tmp_path, engines=[third, second, best])
    assert speaker.engine() is second
    best.there = True
    assert speaker.engine() is best


async def test_no_engine_says_what_to_install(tmp_path: Path) -> None:
    speaker = Speaker(tmp_path, engines=[Parrot(there=False)])
    with pytest.raises(NotSpoken, match="no speech engine is installed; install one: buy a parrot") as caught:
        await speaker.say("hello")
    assert caught.value.code == 12400


def test_the_engines_of_this_house() -> None:
    speaker = Speaker(Path("unused"))
    assert [engine.name for engine in speaker._engines] == ["espeak-ng", "flite"]
    assert espeak_ng.ENGINE.remedy == "apt install espeak-ng"
    assert flite.ENGINE.remedy == "apt install flite"


async def test_a_text_that_is_too_long(tmp_path: Path) -> None:
    parrot = Parrot()
    speaker = Speaker(tmp_path, engines=[parrot])
    assert (await speaker.say("x" * MOST_CHARACTERS)).samples == 80 * MOST_CHARACTERS
    with pytest.raises(NotSpoken, match="10001 characters is too long"):
        await speaker.say("x" * (MOST_CHARACTERS + 1))
    assert len(parrot.spoken) == 1


@pytest.mark.parametrize("octets", [b"", b"rubbish"])
async def test_an_engine_that_makes_no_sound(tmp_path: Path, octets: bytes) -> None:
    speaker = Speaker(tmp_path, engines=[Parrot(octets=octets)])
    with pytest.raises(NotSpoken, match="parrot made no sound"):
        await speaker.say("hello")
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []


async def test_who_hangs_up_does_not_silence_the_others(tmp_path: Path) -> None:
    parrot = Parrot()
    speaker = Speaker(tmp_path, engines=[parrot])
    first, second = (asyncio.ensure_future(speaker.say("hello")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).samples == 400
    assert parrot.spoken == ["hello"]
