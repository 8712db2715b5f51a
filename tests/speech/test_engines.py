"""The engines themselves, as far as they are installed."""

from pathlib import Path

import pytest

from ringback.speech.engine import SpeechEngine
from ringback.speech.engines import espeak_ng, flite
from ringback.speech.speaker import Speaker

ENGINES = [
    pytest.param(engine, marks=pytest.mark.skipif(not engine.available(), reason=f"{engine.name} is not installed"))
    for engine in (espeak_ng.ENGINE, flite.ENGINE)
]


@pytest.mark.parametrize("engine", ENGINES)
async def test_it_speaks(engine: SpeechEngine, tmp_path: Path) -> None:
    speaker = Speaker(tmp_path, engines=[engine])
    short, long = await speaker.say("one"), await speaker.say("one two three four five six")
    assert 0.2 < short.seconds < 3
    assert long.seconds > short.seconds + 0.5


@pytest.mark.parametrize("engine", ENGINES)
async def test_man_and_woman_differ(engine: SpeechEngine, tmp_path: Path) -> None:
    speaker = Speaker(tmp_path, engines=[engine])
    man, woman = await speaker.say("hello there", "en", "man"), await speaker.say("hello there", "en", "woman")
    assert man.path.read_bytes() != woman.path.read_bytes()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "text", ["-v de", "--help", "[[h@l'oU]]", "<speak>x</speak>", "a\x00b\x07c", "Zoë 🙂 日本", "|", "$(id)", "x" * 500]
)
async def test_any_text_is_only_text(engine: SpeechEngine, tmp_path: Path, text: str) -> None:
    assert (await Speaker(tmp_path, engines=[engine]).say(text)).samples > 0


@pytest.mark.skipif(not espeak_ng.ENGINE.available(), reason="espeak-ng is not installed")
async def test_espeak_speaks_languages(tmp_path: Path) -> None:
    speaker = Speaker(tmp_path, engines=[espeak_ng.ENGINE])
    sounds = {code: await speaker.say("information 21", code) for code in ("en", "de", "fr", "pt-BR", "xx")}
    spoken = {code: sound.path.read_bytes() for code, sound in sounds.items()}
    assert len(set(spoken.values())) == 4
    assert spoken["xx"] == spoken["en"]
