"""Journals on disk: order, rotation, limits, torn lines, full disks, reading from another process."""

import asyncio
import errno
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ringback.kernel.clock import ManualClock, SystemClock
from ringback.kernel.journal import Journal
from ringback.kernel.sid import new_sid
from ringback.store import journal_files
from ringback.store.journal_files import JournalFiles
from ringback.store.journal_segment import Segment, segments_in
from tests.store.records import Log

A, B = "CA" + "a" * 32, "CA" + "b" * 32


@pytest.fixture
async def journals(tmp_path: Path) -> AsyncIterator[JournalFiles]:
    files = JournalFiles(tmp_path, 1 << 30, 14, SystemClock())
    yield files
    await files.close()


def write(journals: JournalFiles, call: str, count: int = 1, **facts: Any) -> None:
    journal = Journal(call, SystemClock(), journals.sink)
    for number in range(count):
        journal.add("note", number=number, **facts)


async def test_entries_come_back_in_order(journals: JournalFiles) -> None:
    for number in range(50):
        write(journals, A, text=f"first\nline {number} ü")
        write(journals, B, text="other")
    await journals.flush()

    assert [entry["text"] for entry in journals.entries(A)] == [f"first\nline {number} ü" for number in range(50)]
    assert {entry["call"] for entry in journals.entries(A)} == {A}
    assert list(journals.entries("CA" + "c" * 32)) == []


async def test_entries_are_in_the_file_by_themselves(journals: JournalFiles, tmp_path: Path) -> None:
    write(journals, A)

    script = f"""
import time
from pathlib import Path
from ringback.kernel.clock import SystemClock
from ringback.store.journal_files import JournalFiles
journals = JournalFiles(Path({str(tmp_path)!r}), 1 << 30, 14, SystemClock())
end = time.monotonic() + 5
while not list(journals.entries({A!r})) and time.monotonic() < end:
    time.sleep(0.01)
print(len(list(journals.entries({A!r}))), *journals.find(""))
"""
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    said, _ = await other.communicate()

    assert said.decode().split() == ["1", A]


async def test_a_call_spans_segments(journals: JournalFiles, tmp_path: Path) -> None:
    journals._most = 1000
    for number in range(20):
        write(journals, A, text=f"{number} " + "x" * 200)
        write(journals, new_sid("CA"), text="y" * 200)
        await journals.flush()

    assert len(segments_in(tmp_path)) > 5
    assert [int(entry["text"].split()[0]) for entry in journals.entries(A)] == list(range(20))


async def test_a_sealed_segment_has_an_index(journals: JournalFiles, tmp_path: Path) -> None:
    """Another call's lines in between are left out; a call that is not in it costs no search."""
    write(journals, A, 2)
    write(journals, B, 2)
    write(journals, A, 1)
    await journals.close()
    (segment,) = segments_in(tmp_path)

    assert segment.index_path.exists()
    assert [entry["number"] for entry in segment.entries(A)] == [0, 1, 0]
    assert [entry["number"] for entry in segment.entries(B)] == [0, 1]
    segment.path.unlink()
    assert list(segment.entries("CA" + "c" * 32)) == []


async def test_find_by_prefix_names_the_oldest_call_first(journals: JournalFiles) -> None:
    calls = ["CAff" + "0" * 30, "CA12" + "0" * 30, "CA12" + "f" * 30, "CA13" + "0" * 30]
    for call in calls:
        write(journals, call)
    await journals.flush()

    for _ in ("open", "sealed"):
        assert journals.find("CA12") == calls[1:3]
        assert journals.find("") == journals.find("CA") == journals.find("C") == calls
        assert journals.find(calls[3]) == calls[3:]
        assert journals.find("CA2") == journals.find("xx") == journals.find("CA12zz") == []
        await journals.close()


@pytest.mark.parametrize("indexed", [True, False])
async def test_a_torn_last_line_is_skipped(tmp_path: Path, indexed: bool) -> None:
    whole = b'{"call":"%s","at":1.0,"kind":"note","number":0}\n' % A.encode()
    segment = Segment.numbered(tmp_path, 1)
    segment.path.write_bytes(whole + whole[:30])
    if indexed:
        segment.write_index()

    assert [entry["number"] for entry in segment.entries(A)] == [0]
    assert segment.calls("CAa") == [A]


async def test_after_a_crash_the_next_start_writes_on_in_a_new_segment(tmp_path: Path) -> None:
    whole = b'{"call":"%s","at":1.0,"kind":"note","number":%d}\n'
    segment = Segment.numbered(tmp_path, 1)
    segment.path.write_bytes(whole % (A.encode(), 0) + whole[:20])
    journals = JournalFiles(tmp_path, 1 << 30, 14, SystemClock())
    write(journals, A)
    await journals.close()

    assert len(list(journals.entries(A))) == 2
    assert segment.index_path.exists()


async def test_old_segments_go_when_there_is_too_much(tmp_path: Path) -> None:
    journals = JournalFiles(tmp_path, 1_000_000, 14, SystemClock())
    for _ in range(40):
        write(journals, new_sid("CA"), text="x" * 50_000)
        await journals.flush()
    calls = journals.find("")

    assert sum(segment.size for segment in segments_in(tmp_path)) <= 1_000_000
    assert 10 <= len(calls) < 25
    assert list(journals.entries(calls[0])) != []
    await journals.close()


async def test_old_segments_go_when_they_are_too_old(tmp_path: Path) -> None:
    clock = ManualClock()
    journals = JournalFiles(tmp_path, 1 << 30, 14, clock)
    for number, days in ((1, 15), (2, 13)):
        path = Segment.numbered(tmp_path, number).path
        path.write_bytes(b"")
        moment = clock.utc().timestamp() - days * 86_400
        os.utime(path, (moment, moment))

    journals.remove_old()

    assert [segment.number for segment in segments_in(tmp_path)] == [2]


async def test_a_segment_is_not_written_to_for_longer_than_an_hour(tmp_path: Path) -> None:
    clock = ManualClock()
    journals = JournalFiles(tmp_path, 1 << 30, 14, clock)
    for _ in range(3):
        write(journals, A)
        await journals.flush()
        clock.advance(3601)

    assert len(segments_in(tmp_path)) == 3
    await journals.close()


async def test_what_is_no_json_is_shown_as_well_as_can_be(journals: JournalFiles) -> None:
    write(journals, A, message="not text: \udcff", thing=Path("/x"))
    await journals.flush()

    (entry,) = journals.entries(A)
    assert (entry["message"], entry["thing"]) == ("not text: ?", "/x")


async def test_a_full_disk_loses_nothing_and_is_said_once(
    journals: JournalFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = True
    really_write = os.pwrite

    def pwrite(file: int, data: memoryview, offset: int) -> int:
        if full:
            really_write(file, data[:10], offset)  # a part still finds room
            raise OSError(errno.ENOSPC, "No space left on device")
        return really_write(file, data, offset)

    monkeypatch.setattr(os, "pwrite", pwrite)
    monkeypatch.setattr(journal_files, "_PAUSE", 0.01)
    log = Log()
    monkeypatch.setattr(journal_files, "_log", log)
    for number in range(5):
        write(journals, A, text=str(number))
        await journals.flush()
    full = False
    while not list(journals.entries(A)):
        await journals.flush()

    assert [entry["text"] for entry in journals.entries(A)] == list("01234")
    assert log.said == ["journals cannot be written; calls go on", "journals are written again"]
    assert journals.lost == 0


def unfinished(folder: Path) -> list[Path]:
    return list(folder.glob("*.new"))


_ON_A_SMALL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from ringback.kernel.clock import SystemClock
from ringback.kernel.journal import Journal
from ringback.store import journal_files
from ringback.store.journal_files import JournalFiles

async def main():
    journal_files._PAUSE = 0.01
    journals = JournalFiles(Path(sys.argv[1]), 1 << 30, 14, SystemClock())
    journals._most = 10_000
    journal = Journal("CA" + "a" * 32, SystemClock(), journals.sink)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, most))
    for number in range(500):
        journal.add("note", number=number, text="x" * 100)
        if number % 50 == 0:
            await journals.flush()
    await journals.flush()
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    while len(list(journals.entries(journal.call_sid))) < 500:
        await asyncio.sleep(0.01)
    journal.add("note", number=500)
    await journals.close()
    print(*(entry["number"] for entry in journals.entries(journal.call_sid)))

asyncio.run(main())
"""


async def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """A true limit of the system, in a process of its own: an entry is whole or not there, and none is lost."""
    pipe = asyncio.subprocess.PIPE
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _ON_A_SMALL_DISK, str(tmp_path), stdout=pipe, stderr=pipe
    )
    async with asyncio.timeout(60):
        said, errors = await other.communicate()

    assert other.returncode == 0, errors.decode()
    *lines, numbers = said.decode().splitlines()
    assert [int(number) for number in numbers.split()] == list(range(501))
    assert sum("journals cannot be written; calls go on" in line for line in lines) == 1, lines
    assert sum("journals are written again" in line for line in lines) == 1, lines
    assert unfinished(tmp_path) == []


async def test_an_index_that_finds_no_room_leaves_nothing(
    journals: JournalFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written of it would take the room that entries need; the segment is searched instead."""
    write(journals, A, 3)
    await journals.flush()

    def full(path: Path, data: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    await journals.close()

    assert unfinished(tmp_path) == []
    assert [entry["number"] for entry in journals.entries(A)] == [0, 1, 2]


async def test_an_entry_that_cannot_be_written_costs_itself(
    journals: JournalFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log()
    monkeypatch.setattr(journal_files, "_log", log)
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    write(journals, A, text="before")
    write(journals, A, text=deep)
    write(journals, A, text="behind")
    async with asyncio.timeout(60):
        await journals.flush()

    assert [entry["text"] for entry in journals.entries(A)] == ["before", "behind"]
    assert log.said == ["a journal's entry cannot be written"]
    assert journals.lost == 1


async def test_a_disk_that_stays_full_costs_the_oldest_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_files, "_MOST_WAITING", 10)
    monkeypatch.setattr(journal_files, "_PAUSE", 0.01)
    monkeypatch.setattr(journal_files, "_log", Log())
    folder = tmp_path / "missing"
    journals = JournalFiles(folder, 1 << 30, 14, SystemClock())
    write(journals, A, 25)
    await journals.flush()
    folder.mkdir()
    while not list(journals.entries(A)):
        await journals.flush()

    assert [entry["number"] for entry in journals.entries(A)] == list(range(15, 25))
    assert journals.lost == 15
    await journals.close()


async def test_the_last_entry_of_a_call(journals: JournalFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringback.store.journal_segment._TAIL", 200)
    write(journals, A, 5)
    write(journals, B, 5, text="x" * 300)
    await journals.flush()

    for _ in ("open", "sealed"):
        for call in (A, B):
            last = journals.last(call)
            assert last is not None
            assert (last["call"], last["number"]) == (call, 4)
        assert journals.last("CA" + "c" * 32) is None
        await journals.close()
