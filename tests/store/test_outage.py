"""Outages: calls' records wait in the spool, in order, and are there afterwards, once; who can ask again is told to."""

import asyncio
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ringback.kernel.config import Settings
from ringback.kernel.errors import SettingError, Unavailable
from ringback.store import database, outage, shelter, spool, writer
from ringback.store.aftermath import tell_of_losses
from ringback.store.calls import CallRecord
from ringback.store.outage import Outage
from ringback.store.store import Store
from ringback.store.where import equal
from tests.store.conftest import OpenStore, settings_for
from tests.store.outages import PATIENCE, Said, Wire, fill, small_disk
from tests.store.postgresql import PostgreSQL
from tests.store.records import ACCOUNT, at, call, client, notification

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
TAKES_NOTHING = "the database takes nothing"
OVER = "the database takes changes again"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    said = Said()
    for module in (outage, shelter, spool):
        monkeypatch.setattr(module, "_log", said)
    return said


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_PAUSE", 0.02)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """SQLite is out soon: only these tests lock it. PostgreSQL may be slow on a busy machine."""
    return settings if settings.database_url else with_outage(settings, patience=0.2)


def with_outage(settings: Settings, **values: Any) -> Settings:
    return settings.model_copy(update={"outage": settings.outage.model_copy(update=values)})


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Another process's lock on SQLite's file."""
    with closing(sqlite3.connect(store.files.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@asynccontextmanager
async def out(store: Store, request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """The database, whichever it is, takes nothing inside."""
    if store.database.driver.is_sqlite:
        with locked(store):
            yield
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    await asyncio.to_thread(server.pause)
    try:
        yield
    finally:
        await asyncio.to_thread(server.resume)


async def settled(*futures: "asyncio.Future[Any]") -> None:
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*futures)


async def kept(store: Store) -> list[CallRecord]:
    """Every call, and the kept counts are theirs."""
    records = await store.calls.find(account_sid=ACCOUNT)
    assert await store.calls.count(equal("account_sid", ACCOUNT)) == len(records)
    for status in {"queued", "ringing", "completed"}:
        known = await store.calls.count(equal("account_sid", ACCOUNT), equal("status", status))
        assert known == sum(record.status == status for record in records)
    return records


async def test_records_wait_in_the_spool_and_programs_are_told(
    store: Store, said: Said, request: pytest.FixtureRequest
) -> None:
    before = call(0)
    await store.calls.insert(before)
    async with out(store, request):
        records = [call(second) for second in range(1, 4)]
        futures = [store.calls.put(record) for record in records]
        futures.append(store.calls.amend(before.sid, status="completed", duration=7))
        note = notification(call_sid=before.sid)
        futures.append(store.notifications.put(note))
        await settled(*futures)  # kept, although the database takes nothing
        with pytest.raises(Unavailable, match=r"takes no changes at present \(.+\)\. Nothing was changed") as refusal:
            await store.clients.insert(client("carol"))
        assert refusal.value.status == 503
        assert os.stat(store.files.spool).st_size > 0
        assert store.database.outage is not None
    await said.hear(OVER)

    assert [record.sid for record in await kept(store)] == [before.sid, *(record.sid for record in records)]
    assert (await store.calls.get(before.sid)).duration == 7  # type: ignore[union-attr]
    assert await store.notifications.get(note.sid) == note
    begin, end = said.lines
    assert begin.startswith(TAKES_NOTHING)
    assert str(store.files.spool) in begin
    assert "MB of 268.4 MB" in begin
    assert end == f"{OVER}: 5 records were brought over"
    await store.clients.insert(client("carol"))
    assert store.database.outage is None


@on_sqlite
async def test_reads_go_on_while_sqlite_is_locked(store: Store, said: Said) -> None:
    await store.calls.insert(record := call())
    with locked(store):
        await settled(store.calls.put(call(1)))
        assert await store.calls.get(record.sid) == record
        assert (await store.calls.page()).total == 1
    await said.hear(OVER)


@on_postgresql
async def test_a_read_of_a_lost_server_is_refused_in_words(store: Store, said: Said, postgresql: PostgreSQL) -> None:
    await store.calls.insert(call())
    await asyncio.to_thread(postgresql.pause)
    try:
        with pytest.raises(Unavailable, match=r"The database does not answer: .+ Try again later") as refusal:
            await store.calls.page()
        assert refusal.value.status == 503
    finally:
        await asyncio.to_thread(postgresql.resume)


@on_postgresql
async def test_a_silent_server_is_out(
    settings: Settings, open_store: OpenStore, said: Said, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped processes answer nothing, and close nothing: reads and the COMMIT are given up after a while."""
    monkeypatch.setattr(database, "_WATCH", 0.1)
    store = await open_store(with_outage(settings, patience=1.0))
    await store.calls.insert(before := call())
    with postgresql.silenced():
        await settled(store.calls.put(record := call(1)), store.calls.amend(before.sid, status="completed"))
        await said.hear(TAKES_NOTHING)
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(Unavailable, match="does not answer"):
                await store.calls.get(before.sid)
    await said.hear(OVER)

    assert [(one.sid, one.status) for one in await kept(store)] == [(before.sid, "completed"), (record.sid, "queued")]
    assert len(said.lines) == 2  # nothing was refused, or said twice


async def test_order_is_kept_while_changes_keep_coming(
    store: Store, said: Said, request: pytest.FixtureRequest
) -> None:
    """Changes come before the outage, during it, while the spool is emptied, and until the log says that it is over."""
    over = asyncio.ensure_future(said.hear(OVER))
    begun = asyncio.ensure_future(said.hear(TAKES_NOTHING))
    records: list[CallRecord] = []
    written = {False: 0, True: 0}  # before the outage, and since it began
    enough = {False: asyncio.Event(), True: asyncio.Event()}

    async def one_after_another(number: int) -> None:
        while not over.done():
            records.append(record := call(number))
            store.calls.put(record)
            store.calls.amend(record.sid, status="ringing")
            await store.calls.amend(record.sid, status="completed", duration=number)
            written[begun.done()] += 1
            if written[begun.done()] >= 200:
                enough[begun.done()].set()

    work = asyncio.gather(*(one_after_another(number) for number in range(20)))
    async with asyncio.timeout(PATIENCE):
        await enough[False].wait()
        async with out(store, request):
            await begun
            await enough[True].wait()
        await work

    found = {record.sid: record for record in await kept(store)}
    assert len(found) == len(records)
    for record in records:
        number = (record.date_created - at(0)).total_seconds()
        assert (found[record.sid].status, found[record.sid].duration) == ("completed", number)
    assert len([line for line in said.lines if line.startswith(OVER)]) == 1


@on_sqlite
async def test_a_full_database_is_out(store: Store, said: Said) -> None:
    def limit(pages: int) -> int:
        connection = store.database._writing._committer._connection
        assert connection is not None
        return int(connection._raw.execute(f"PRAGMA max_page_count={pages}").fetchone()[0])

    await store.calls.insert(call())
    ((most,),) = [await store.database.write(lambda _: limit(1))]
    records = [call(second, caller_name="x" * 1000) for second in range(200)]
    await settled(*(store.calls.put(record) for record in records))
    assert "full" in await said.hear(TAKES_NOTHING)
    limit(most + 10_000)
    await said.hear(OVER)

    assert len(await kept(store)) == 201


@on_sqlite
async def test_a_file_that_is_gone_is_out(store: Store, said: Said, tmp_path: Path) -> None:
    """Nothing is written to a file that nobody will find again, and no empty one is made in its place."""
    await store.calls.insert(before := call())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    parts = sorted(store.files.root.glob("ringback.db*"))
    for part in parts:
        part.rename(elsewhere / part.name)
    await settled(store.calls.put(record := call(1)))
    assert "unable to open" in await said.hear(TAKES_NOTHING)
    assert not store.files.database.exists()
    for part in parts:
        (elsewhere / part.name).rename(part)
    await said.hear(OVER)
    await store.close()

    with closing(sqlite3.connect(store.files.database)) as connection:
        assert connection.execute("SELECT sid FROM calls ORDER BY id").fetchall() == [(before.sid,), (record.sid,)]


@on_postgresql
@pytest.mark.parametrize("after", [False, True], ids=["the server never got it", "the server did it"])
async def test_a_connection_lost_in_a_commit(
    settings: Settings, open_store: OpenStore, said: Said, postgresql: PostgreSQL, after: bool
) -> None:
    """Whether it was committed is found out, and it is neither lost nor done twice."""
    async with Wire(postgresql.port) as wire:
        url = settings.database_url.replace(f":{postgresql.port}/", f":{wire.port}/")
        store = await open_store(settings.model_copy(update={"database_url": url}))
        await store.calls.insert(before := call())
        wire.cut_at(b"COMMIT", after=after)

        await settled(store.calls.put(record := call(1)), store.calls.amend(before.sid, status="completed"))

        assert wire.cuts == 1
        assert [(one.sid, one.status) for one in await kept(store)] == [
            (before.sid, "completed"),
            (record.sid, "queued"),
        ]
        await store.clients.insert(client("carol"))
        await store.close()
    assert said.lines == []  # a new connection sufficed


@on_sqlite
async def test_the_bounds_of_spool_and_memory(
    settings: Settings, open_store: OpenStore, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full spool: records wait in memory, not yet kept. Memory full as well: said plainly, and told afterwards."""
    monkeypatch.setattr(shelter, "HELD_MOST", 10)
    monkeypatch.setattr(writer, "_MOST", 5)
    store = await open_store(with_outage(settings, spool_bytes=65_536))
    told = asyncio.Event()

    def over(outage: Outage) -> None:
        tell_of_losses(store, outage)
        told.set()

    store.database.when_over = over
    with locked(store):
        fits = [store.calls.put(call(second, caller_name="x" * 6000)) for second in range(5)]
        await settled(*fits)
        held = [store.calls.put(call(second, caller_name="x" * 33_000)) for second in range(10, 20)]
        await said.hear("the spool takes no more")
        lost = [store.calls.put(call(second)) for second in range(20, 25)]
        async with asyncio.timeout(PATIENCE):
            refused = await asyncio.gather(*lost, return_exceptions=True)
        assert all(isinstance(refusal, Unavailable) for refusal in refused)
        assert not held[-1].done()
    await said.hear(f"{OVER}: 15 records were brought over, 5 are lost")
    await settled(*held)

    assert len(await kept(store)) == 15
    async with asyncio.timeout(PATIENCE):
        await told.wait()
    await store.clients.insert(client("carol"))  # behind the Notification
    notes = await store.notifications.find(account_sid=store.administrator_sid)
    assert "5 changes of calls and Notifications are lost" in notes[0].message_text
    assert "outage.spool_bytes" in notes[0].message_text
    assert len([line for line in said.lines if "are lost from here" in line]) == 1


_DOOMED = """
import asyncio, sqlite3, sys
from pathlib import Path
from ringback.store.store import Store
from tests.store.conftest import settings_for
from tests.store.records import call

async def main():
    store = await Store.open(settings_for(Path(sys.argv[1]), sys.argv[2], **{"outage.patience": 0.5}))
    await store.calls.put(call())
    print("open", file=sys.stderr, flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for number in range(1, 100):
        record = call(number)
        store.calls.put(record)
        await store.calls.amend(record.sid, status="completed", duration=7)
        print(record.sid, file=sys.stderr, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_server_killed_during_an_outage(
    settings: Settings, open_store: OpenStore, said: Said, request: pytest.FixtureRequest
) -> None:
    """What was announced is there after the next start, before anything else is done."""
    pipe = asyncio.subprocess.PIPE
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _DOOMED, str(settings.data_dir), settings.database_url, stderr=pipe, stdin=pipe
    )
    assert server.stderr is not None
    assert server.stdin is not None
    assert (await server.stderr.readline()).strip() == b"open"
    announced: list[str] = []
    async with _out_for(settings, request):
        server.stdin.write(b"go\n")
        async with asyncio.timeout(PATIENCE):
            while len(announced) < 50:
                announced.append((await server.stderr.readline()).decode().strip())
        server.kill()
        announced += [line.decode() for line in (await server.stderr.read()).split(b"\n")[:-1]]
        await server.wait()
    with settings.data_dir.joinpath("records.spool").open("r+b") as file:  # and its last line is torn
        _tear(file.fileno())

    store = await open_store()

    records = {record.sid: record for record in await kept(store)}
    for sid in announced[:-1]:
        assert (records[sid].status, records[sid].duration) == ("completed", 7)
    assert said.lines[-1].startswith(OVER)
    assert store.database.outage is None
    assert not store.files.spool.with_suffix(".refused").exists()


async def test_a_damaged_spool(
    settings: Settings, open_store: OpenStore, said: Said, request: pytest.FixtureRequest
) -> None:
    """A server that ended during an outage, and a disk that loses a sector: what is whole is brought over."""
    store = await open_store()
    records = [call(second, caller_name=f"caller {second}") for second in range(9)]
    async with out(store, request):
        for record in records:  # each a group of its own
            await settled(store.calls.put(record))
        await store.close()
    content = store.files.spool.read_bytes()
    start = content.index(b"caller 4")
    store.files.spool.write_bytes(content[:start] + bytes(8) + content[start + 8 :])

    store = await open_store()

    assert [record.sid for record in await kept(store)] == [
        record.sid for record in records if record is not records[4]
    ]
    assert said.lines[-2:] == ["a record was not kept, and is set aside", f"{OVER}: 8 records were brought over"]
    assert records[4].sid in store.files.spool.with_suffix(".refused").read_text()


def _tear(file: int) -> None:
    content = os.pread(file, 100_000_000, 0)
    end = content.rstrip(b"\0")
    os.pwrite(file, b"\0" * 10, len(end) - 10)


@asynccontextmanager
async def _out_for(settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[None]:
    if settings.database_url:
        server: PostgreSQL = request.getfixturevalue("postgresql")
        await asyncio.to_thread(server.pause)
        try:
            yield
        finally:
            await asyncio.to_thread(server.resume)
        return
    with closing(sqlite3.connect(settings.data_dir / "ringback.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@on_sqlite
async def test_closing_during_an_outage_loses_nothing(store: Store, open_store: OpenStore, said: Said) -> None:
    with locked(store):
        futures = [store.calls.put(call(second)) for second in range(2500)]
        async with asyncio.timeout(PATIENCE):
            await store.close()
        await settled(*futures)

    assert len(await kept(await open_store())) == 2500


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


async def test_a_full_disk(disk: Path, said: Said) -> None:
    """The room that was allocated ahead holds the records until there is room again."""
    store = await Store.open(with_outage(settings_for(disk / "data"), patience=0.2))
    await store.calls.insert(before := call())
    fill(disk / "filler")
    records = [call(second, caller_name="x" * 1000) for second in range(1000)]
    await settled(*(store.calls.put(record) for record in records), store.calls.amend(before.sid, status="completed"))
    assert "full" in await said.hear(TAKES_NOTHING)
    (disk / "filler").unlink()
    await said.hear(OVER)

    assert [record.sid for record in await kept(store)] == [before.sid, *(record.sid for record in records)]
    await store.close()


async def test_what_no_database_keeps_is_replaced(store: Store) -> None:
    """A NUL, and half a surrogate pair, come from anywhere; the record is kept all the same, and found."""
    record = call(caller_name="A\0B\ud800C", to="ali\0ce")
    await store.calls.insert(record)

    found = await store.calls.get(record.sid)

    assert found is not None
    assert (found.caller_name, found.to) == ("A\ufffdB\ufffdC", "ali\ufffdce")
    await store.calls.change(record.sid, caller_name="\0")
    assert [one.sid for one in await store.calls.find(to="ali\0ce")] == [record.sid]
    assert await store.calls.count(equal("account_sid", ACCOUNT), equal("to", "ali\ufffdce")) == 1
    assert await store.clients.first(login="\0") is None


@on_sqlite
async def test_what_the_database_refuses_is_set_aside(settings: Settings, open_store: OpenStore, said: Said) -> None:
    store = await open_store()
    await store.calls.insert(twin := call())
    with locked(store):
        await settled(store.calls.put(twin), store.calls.put(after := call(1)))
    await said.hear(f"{OVER}: 1 records were brought over")

    assert [record.sid for record in await kept(store)] == [twin.sid, after.sid]
    assert twin.sid in store.files.spool.with_suffix(".refused").read_text()


async def test_a_newer_spool_is_refused(settings: Settings, open_store: OpenStore) -> None:
    await (await open_store()).close()
    path = settings.data_dir / "records.spool"
    path.write_bytes(path.read_bytes().replace(b"ringback-spool 1", b"ringback-spool 9"))

    with pytest.raises(SettingError, match=r"records.spool: a newer Ringback wrote it \(format 9\)"):
        await open_store()
    assert path.read_bytes().startswith(b"ringback-spool 9")


@on_postgresql
async def test_a_start_without_the_database_is_refused(
    settings: Settings, open_store: OpenStore, postgresql: PostgreSQL
) -> None:
    await asyncio.to_thread(postgresql.pause)
    try:
        with pytest.raises(SettingError, match=r"database_url: .*cannot be used .*check that the server runs"):
            await open_store()
    finally:
        await asyncio.to_thread(postgresql.resume)
