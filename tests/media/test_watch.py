"""Who does not answer in time is noticed; who was only held up together with us is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from ringback.media.watch import Watch


async def test_one_that_answers_is_asked_again_and_again() -> None:
    asked = 0
    enough = asyncio.Event()

    def ask(answered: Callable[[], None]) -> None:
        nonlocal asked
        asked += 1
        answered()
        if asked == 5:
            enough.set()

    hung: list[bool] = []
    watch = Watch(ask, lambda: hung.append(True), every=0.01, longest=0.03)
    await asyncio.wait_for(enough.wait(), 3)
    watch.stop()
    assert not hung


async def test_one_that_does_not_answer_is_noticed() -> None:
    hung = asyncio.Event()
    begin = time.monotonic()
    Watch(lambda answered: None, hung.set, every=0.01, longest=0.1)
    await asyncio.wait_for(hung.wait(), 3)
    assert time.monotonic() - begin >= 0.1


async def test_time_in_which_we_slept_ourselves_does_not_count() -> None:
    hung = asyncio.Event()
    questions: list[Callable[[], None]] = []
    watch = Watch(questions.append, hung.set, every=0.05, longest=0.2)
    await asyncio.sleep(0.01)
    time.sleep(0.4)  # noqa: ASYNC251 - the whole machine was asleep
    await asyncio.sleep(0.02)
    assert not hung.is_set()
    assert len(questions) == 1
    watch.stop()
