"""Decoding for many at once: nobody's long sound holds up another's short one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from ringback.kernel.clock import SystemClock
from ringback.media.sound import BadSound, Sound
from ringback.media.wav import wav_header
from ringback.rcml.sounds import Playable


@pytest.fixture
async def playable(tmp_path: Path) -> AsyncIterator[Playable]:
    made = Playable(tmp_path / "decoded", 1_000_000_000, SystemClock())
    yield made
    await made.close()


def wav(path: Path, seconds: int, seed: int = 0) -> Path:
    sound = np.random.default_rng(seed).integers(-9000, 9000, seconds * 8000, dtype=np.int16)
    path.write_bytes(wav_header(len(sound)) + sound.astype("<i2").tobytes())
    return path


async def test_a_short_sound_is_not_held_up_by_many_long_ones(playable: Playable, tmp_path: Path) -> None:
    long = [asyncio.ensure_future(playable.sound(wav(tmp_path / f"long{number}", 300, number))) for number in range(8)]
    await asyncio.sleep(0)
    assert (await playable.sound(wav(tmp_path / "short", 2))).seconds == 2
    assert not any(task.done() for task in long)
    assert [found.seconds for found in await asyncio.gather(*long)] == [300] * 8


async def test_many_who_want_the_same_get_it_once(playable: Playable, tmp_path: Path) -> None:
    file = wav(tmp_path / "same", 20)
    first, *others = await asyncio.gather(*(playable.sound(file) for _ in range(20)))
    assert set(others) == {first}
    assert isinstance(first, Sound)


async def test_what_is_given_up_halfway_leaves_nothing(playable: Playable, tmp_path: Path) -> None:
    task = asyncio.ensure_future(playable.sound(wav(tmp_path / "long", 600)))
    await playable.sound(wav(tmp_path / "short", 1))
    await playable.close()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(file.name for file in (tmp_path / "decoded").iterdir()) == ["short"]


async def test_what_is_no_sound_is_told(playable: Playable, tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"RIFF....WAVE" + (b"junk" + bytes(4)) * 100_000)
    with pytest.raises(BadSound):
        await playable.sound(tmp_path / "bad")
