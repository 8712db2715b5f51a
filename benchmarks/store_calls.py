"""Durable call records: how many calls a second are kept, each an insert and three changes, all committed.

As a server does it: every call queues its insert and its changes in turn, and the last is awaited before anyone is
told of the end. SQLite in a temporary folder (synchronous=FULL), and the database that is named, if one is. Beside
SQLite, in the same run, bare sqlite3: the same four statements a call on the same table and indexes, as many calls a
commit, nothing else.

    python benchmarks/store_calls.py [--seconds 6] [--open 200] [--url postgresql+psycopg://…]

``--url`` is RINGBACK_DATABASE_URL when it is not given.
"""

import argparse
import asyncio
import os
import platform
import sqlite3
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from ringback.kernel.config import load_settings
from ringback.kernel.sid import new_sid
from ringback.store.calls import CALLS, CallRecord
from ringback.store.driver import Driver
from ringback.store.migrations import migrate
from ringback.store.store import Store
from ringback.store.table import column_name


def record(number: int) -> CallRecord:
    now = datetime.now(UTC)
    return CallRecord(
        sid=new_sid("CA"),
        date_created=now,
        date_updated=now,
        account_sid="ACae6e420f425248d6a26948c17a9e2acf",
        to="+16175551212",
        from_=f"+1617{number % 100_000:07d}",
        status="queued",
        start_time=now,
        price="0.00",
        direction="inbound",
    )


async def calls_in_turn(store: Store, end: float, offset: int) -> int:
    """One caller after another; how many."""
    done = 0
    while time.perf_counter() < end:
        call = record(offset + done)
        store.calls.put(call)
        store.calls.amend(call.sid, status="ringing", date_updated=call.date_created)
        store.calls.amend(call.sid, status="in-progress", start_time=call.date_created, ring_duration=1)
        ended = call.date_created + timedelta(seconds=9)
        await store.calls.amend(call.sid, status="completed", end_time=ended, duration=9, date_updated=ended)
        done += 1
    return done


async def measure(seconds: float, open_calls: int, url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as folder:
        store = await Store.open(load_settings(environment={}, options={"data_dir": folder, "database_url": url}))
        kept = await store.calls.count()
        started, cpu = time.perf_counter(), time.process_time()
        counts = await asyncio.gather(
            *(calls_in_turn(store, started + seconds, 1000 * number) for number in range(open_calls))
        )
        took, cpu = time.perf_counter() - started, time.process_time() - cpu
        total = sum(counts)
        assert await store.calls.count() == kept + total, "a call that was reported is not there"
        a_commit = max(1, total // store.database.commits)
        await store.close()
    beside = "" if url else f", bare sqlite3 {bare(seconds, a_commit):,.0f} calls/s"
    print(
        f"store_calls: {total / took:,.0f} calls/s durable (insert + 3 changes), {open_calls} at once, "
        f"{a_commit} calls a commit, {cpu / took:.2f} cores, {store.database.driver.dialect.name}{beside} | {machine()}"
    )


def bare(seconds: float, calls_a_commit: int) -> float:
    """Calls a second of sqlite3 alone: no counts, no queue, no one who waits."""
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as folder:
        driver = Driver(f"sqlite:///{folder}/bare.db")
        migrate(driver)
        driver.engine.dispose()
        connection = sqlite3.connect(f"{folder}/bare.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=4000", "cache_size=-65536"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        done, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            connection.execute("BEGIN IMMEDIATE")
            for number in range(calls_a_commit):
                write_bare(connection, done + number)
            connection.execute("COMMIT")
            done += calls_a_commit
        rate = done / (time.perf_counter() - started)
        connection.close()
        return rate


def write_bare(connection: sqlite3.Connection, number: int) -> None:
    values = CALLS.encode(record(number))
    names = ", ".join(f'"{column_name(field)}"' for field in values)
    connection.execute(f"INSERT INTO calls ({names}) VALUES ({', '.join('?' * len(values))})", list(values.values()))
    sid, now = values["sid"], values["date_created"]
    connection.execute("UPDATE calls SET status = 'ringing', date_updated = ? WHERE sid = ?", (now, sid))
    changed = "status = 'in-progress', start_time = ?, ring_duration = 1, date_updated = ?"
    connection.execute(f"UPDATE calls SET {changed} WHERE sid = ?", (now, now, sid))
    changed = "status = 'completed', end_time = ?, duration = 9, date_updated = ?"
    connection.execute(f"UPDATE calls SET {changed} WHERE sid = ?", (now + 9000, now + 9000, sid))


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--open", type=int, default=200, dest="open_calls")
    parser.add_argument("--url", default=os.environ.get("RINGBACK_DATABASE_URL", ""))
    asked = parser.parse_args()
    for url in dict.fromkeys(["", asked.url]):
        uvloop.run(measure(asked.seconds, asked.open_calls, url))


if __name__ == "__main__":
    main()
