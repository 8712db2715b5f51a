"""The shelf: bounded, the longest unused goes first, and it survives a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ringback.kernel.clock import ManualClock
from ringback.web.shelf import GRACE, Shelf, key_of


def fill(path: Path, octets: bytes) -> None:
    path.write_bytes(octets)


def writes(octets: bytes) -> Callable[[Path], Awaitable[None]]:
    async def write(part: Path) -> None:
        fill(part, octets)

    return write


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def test_what_is_made_is_found_again(tmp_path: Path, clock: ManualClock) -> None:
    shelf = Shelf(tmp_path / "new", 100, clock)
    assert shelf.find("a") is None
    path = await shelf.get("a", writes(b"one"))
    assert path.read_bytes() == b"one"
    assert await shelf.get("a", writes(b"two")) == path
    assert path.read_bytes() == b"one"
    assert shelf.octets == 3


async def test_the_longest_unused_goes_first(tmp_path: Path, clock: ManualClock) -> None:
    shelf = Shelf(tmp_path, 100, clock)
    for name in "abc":
        await shelf.get(name, writes(bytes(30)))
        clock.advance(1)
    shelf.find("a")
    clock.advance(GRACE + 1)
    await shelf.get("d", writes(bytes(30)))
    assert names_in(tmp_path) == {"a", "c", "d"}
    assert shelf.octets == 90


async def test_what_was_just_asked_for_stays_even_when_full(tmp_path: Path, clock: ManualClock) -> None:
    shelf = Shelf(tmp_path, 100, clock)
    for name in "abcde":
        await shelf.get(name, writes(bytes(30)))
    assert shelf.octets == 150
    clock.advance(GRACE + 1)
    await shelf.get("f", writes(bytes(30)))
    assert names_in(tmp_path) == {"d", "e", "f"}


async def test_a_restart_keeps_what_was_there_and_throws_away_what_was_not_finished(
    tmp_path: Path, clock: ManualClock
) -> None:
    first = Shelf(tmp_path, 100, clock)
    await first.get("a", writes(b"one"))
    first.draft("b").write_bytes(b"half")
    second = Shelf(tmp_path, 100, clock)
    assert second.find("b") is None
    found = second.find("a")
    assert found is not None
    assert found.read_bytes() == b"one"
    assert names_in(tmp_path) == {"a"}


async def test_a_failure_leaves_nothing(tmp_path: Path, clock: ManualClock) -> None:
    shelf = Shelf(tmp_path, 100, clock)

    async def fail(part: Path) -> None:
        fill(part, b"half")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await shelf.get("a", fail)
    assert names_in(tmp_path) == set()
    assert (await shelf.get("a", writes(b"one"))).read_bytes() == b"one"


async def test_a_file_that_someone_removed_is_made_anew(tmp_path: Path, clock: ManualClock) -> None:
    shelf = Shelf(tmp_path, 100, clock)
    (await shelf.get("a", writes(b"one"))).unlink()
    assert (await shelf.get("a", writes(b"two"))).read_bytes() == b"two"
    assert shelf.octets == 3


async def test_many_ask_and_it_is_made_once(tmp_path: Path, clock: ManualClock) -> None:
    shelf = Shelf(tmp_path, 100, clock)
    made = 0

    async def make(part: Path) -> None:
        nonlocal made
        made += 1
        await asyncio.sleep(0)
        fill(part, b"x")

    paths = await asyncio.gather(*(shelf.get("a", make) for _ in range(10)))
    assert len(set(paths)) == made == 1


def test_keys_tell_their_parts_apart() -> None:
    assert key_of("ab", "c") != key_of("a", "bc")
    assert key_of("a") == key_of(b"a")
    assert len(key_of("../../etc/passwd\ud800")) == 64
