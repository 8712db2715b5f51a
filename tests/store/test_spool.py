"""The spool's file: whatever a disk does to it, what is whole is read, and what is damaged is set aside and said."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ringback.kernel.errors import SettingError
from ringback.store import spool
from ringback.store.spool import Spool
from ringback.store.writing import Entry
from tests.store.records import Log

#: groups, each of so many units
GROUPS, EACH = 6, 3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.spool"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    log = Log()
    monkeypatch.setattr(spool, "_log", log)
    return log


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less room ahead, and less of it read at a time, so that every line is cut by a piece's end somewhere."""
    monkeypatch.setattr(spool, "_RESERVE", 100_000)
    monkeypatch.setattr("ringback.store.spool_line._PIECE", 1000)


def unit(name: str) -> list[Entry]:
    return [Entry("calls", "insert", {"sid": name, "text": "x\r\ny [1] ü" * 10})]


NAMES = [f"{group}.{number}" for group in range(GROUPS) for number in range(EACH)]


@contextmanager
def opened(path: Path) -> Iterator[Spool]:
    spool = Spool(path, 1_000_000)
    yield spool
    spool.close()


def written(path: Path) -> list[bytes]:
    """A spool with all of `NAMES`; its lines."""
    with opened(path) as spool:
        for group in range(GROUPS):
            spool.append(group + 1, [unit(f"{group}.{number}") for number in range(EACH)])
        size = spool.size
    return path.read_bytes().split(b"\n", 1)[1][:size].splitlines(keepends=True)


def change(path: Path, lines: list[bytes], place: int, octets: bytes) -> None:
    """Puts ``octets`` at ``place`` of the lines."""
    content = path.read_bytes()
    start = content.index(lines[0]) + place
    path.write_bytes(content[:start] + octets + content[start + len(octets) :])


def read(spool: Spool, most: int = 4) -> list[str]:
    """The names of the units in it, taken away in bites."""
    names: list[str] = []
    while groups := spool.oldest(most):
        assert spool.oldest(most) is not groups  # to look again changes nothing
        names += [str(entries[0].values["sid"]) for group in groups for entries in group.units]
        spool.took(groups)
    return names


#: name → (where it begins and ends, by where a line begins, what else is set aside)
DAMAGE: dict[str, tuple[Callable[[list[int]], tuple[int, int]], set[int]]] = {
    "the first line": (lambda at: (5, 9), {0}),
    "inside a line": (lambda at: (at[7] + 20, at[7] + 40), {7}),
    "the end of one and the beginning of another": (lambda at: (at[8] - 20, at[8] + 20), {7, 8}),
    "between two lines": (lambda at: (at[8] - 1, at[8]), set()),
    "a whole line": (lambda at: (at[7], at[8]), {7}),
    "several lines": (lambda at: (at[7] + 30, at[14] + 30), set(range(7, 15))),
    "a whole group and more": (lambda at: (at[5], at[10]), set(range(5, 10))),
    "the last line": (lambda at: (at[17] + 5, at[17] + 9), {17}),
}


@pytest.mark.parametrize("octet", [b"\0", b"\xff", b"a"], ids=["zeros", "ones", "letters"])
@pytest.mark.parametrize("where", DAMAGE)
def test_what_is_whole_around_damage_is_read(path: Path, log: Log, where: str, octet: bytes) -> None:
    lines = written(path)
    place, lost = DAMAGE[where]
    start, end = place([sum(map(len, lines[:number])) for number in range(len(lines) + 1)])
    change(path, lines, start, octet * (end - start))

    with opened(path) as spool:
        names = read(spool)
        assert spool.count == spool.size == 0

    assert names == [name for number, name in enumerate(NAMES) if number not in lost]
    assert set(log.said) == ({"a record was not kept, and is set aside"} if lost else set())
    whole = b"".join(lines)
    before = whole[whole.rfind(b"\n", 0, start) + 1 : start] if lost else b""
    behind = whole[end : whole.index(b"\n", end - 1)] if lost else b""
    aside = path.with_suffix(".refused").read_bytes() if lost else b""
    assert before in aside
    assert behind in aside


def test_what_is_torn_at_the_end_is_cut(path: Path, log: Log) -> None:
    lines = written(path)
    content = path.read_bytes()
    end = content.index(lines[-1]) + len(lines[-1])
    path.write_bytes(content[: end - 10])

    with opened(path) as spool:
        assert spool.count == len(NAMES) - 1
        spool.append(9, [unit("new")])
        assert read(spool) == [*NAMES[:-1], "new"]
    assert log.said == []


def test_damage_is_said_once_however_often_it_is_read(path: Path, log: Log) -> None:
    """As while the database can be read and takes nothing."""
    lines = written(path)
    change(path, lines, len(lines[0]) + 30, b"\xff")

    with opened(path) as spool:
        for _ in range(5):
            spool.oldest(100)
        assert log.said == []
        spool.took(spool.oldest(100))
    assert len(log.said) == 1
    assert len(path.with_suffix(".refused").read_bytes().splitlines()) == 1


@pytest.mark.parametrize("octet", [b"\0", b"\xff"])
def test_a_spool_without_its_beginning_is_left_alone(path: Path, octet: bytes) -> None:
    written(path)
    content = octet * 50 + path.read_bytes()[50:]
    path.write_bytes(content)

    with pytest.raises(SettingError, match="this is no spool of records; move it away"):
        Spool(path, 1_000_000)
    assert path.read_bytes() == content


@pytest.mark.parametrize("start", [b"", b"ringback-sp", bytes(10_000)], ids=["empty", "torn", "room"])
def test_a_spool_that_was_just_being_made_is_made(path: Path, start: bytes) -> None:
    path.write_bytes(start)
    with opened(path) as spool:
        spool.append(1, [unit("a")])
    with opened(path) as spool:
        assert read(spool) == ["a"]
