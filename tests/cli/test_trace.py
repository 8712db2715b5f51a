"""`ringback trace` finds a call in the journals on disk and shows it, also while a server writes them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ringback.cli.main import app
from ringback.kernel.clock import SystemClock
from ringback.kernel.journal import Entry
from ringback.store.files import Files
from ringback.store.journal_files import JournalFiles
from tests.cli.journals import PLACED, SID, START

OTHER = "CA5e1d0c3b2a4958677685949300000000"


def trace(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["trace", "--data-dir", str(folder), *arguments])


@pytest.fixture
async def journals(tmp_path: Path) -> AsyncIterator[JournalFiles]:
    files = Files(tmp_path)
    files.make()
    journals = JournalFiles(files.journal, 1_000_000, 14, SystemClock())
    yield journals
    await journals.close()


async def write(journals: JournalFiles, *entries: Entry) -> None:
    for entry in entries:
        journals.sink(entry)
    await journals.flush()


def another(sid: str = OTHER) -> Entry:
    return {"call": sid, "at": START + 60, "kind": "state", "status": "queued"}


@pytest.mark.parametrize("name", [SID, SID[:12], "5e1d0c3b2a49586776859493a2"])
async def test_a_call_by_its_sid_or_the_beginning_of_it(tmp_path: Path, journals: JournalFiles, name: str) -> None:
    await write(journals, *PLACED)
    result = trace(tmp_path, name)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{SID}   2026-03-01 12:00:00.000 UTC\n")
    assert result.stdout.endswith("completed after 3.132 s: 7 SIP messages (1 sent again), 1 fault\n")


async def test_the_newest_call_is_the_one_that_began_last(tmp_path: Path, journals: JournalFiles) -> None:
    await write(journals, PLACED[0], another(), *PLACED[1:])
    assert trace(tmp_path, "--last").stdout.startswith(OTHER)


async def test_a_closed_journal_is_found_as_well(tmp_path: Path, journals: JournalFiles) -> None:
    await write(journals, *PLACED, another())
    await journals.close()
    assert trace(tmp_path, "--last").stdout.startswith(OTHER)
    assert trace(tmp_path, SID).stdout.startswith(SID)


async def test_json_is_the_journal_itself(tmp_path: Path, journals: JournalFiles) -> None:
    await write(journals, *PLACED, another())
    result = trace(tmp_path, SID, "--json")
    assert [json.loads(line) for line in result.stdout.splitlines()] == PLACED


async def test_raw_shows_whole_messages(tmp_path: Path, journals: JournalFiles) -> None:
    await write(journals, *PLACED)
    assert "Via: SIP/2.0/UDP 127.0.0.1:5080" in trace(tmp_path, SID, "--raw").stdout
    assert "Via:" not in trace(tmp_path, SID).stdout


def refused(folder: Path, *arguments: str) -> str:
    result = trace(folder, *arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    return result.stderr


async def test_a_beginning_that_fits_several_names_them(tmp_path: Path, journals: JournalFiles) -> None:
    await write(journals, *PLACED, another())
    told = refused(tmp_path, "CA5e1d")
    first, *named = told.splitlines()
    assert first == "ringback trace: 2 calls begin with CA5e1d:"
    assert sorted(named) == sorted([f"  {SID}", f"  {OTHER}"])


async def test_many_calls_are_not_all_named(tmp_path: Path, journals: JournalFiles) -> None:
    await write(journals, *(another(f"CA{number:032x}") for number in range(25)))
    told = refused(tmp_path, "CA").splitlines()
    assert told[0] == "ringback trace: 25 calls begin with CA:"
    assert told[-1] == "  and 15 more"
    assert len(told) == 12


async def test_a_call_that_is_not_there(tmp_path: Path, journals: JournalFiles) -> None:
    await write(journals, *PLACED)
    assert refused(tmp_path, "CAff") == "ringback trace: no call's SID begins with CAff\n"


def test_no_call_yet_and_no_journals_at_all(tmp_path: Path) -> None:
    assert "is --data-dir (or --config) that of the server?" in refused(tmp_path / "nowhere", "--last")
    Files(tmp_path).make()
    assert refused(tmp_path, "--last") == "ringback trace: there has been no call yet\n"


@pytest.mark.parametrize("arguments", [[], ["CA5e", "--last"]])
def test_one_has_to_say_which_call(tmp_path: Path, arguments: list[str]) -> None:
    assert "say which call" in refused(tmp_path, *arguments)
