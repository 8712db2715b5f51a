"""Lists of calls as the table grows: a page of 50 with each filter, at two sizes of the table, side by side.

    python benchmarks/store_lists.py [--small 1000] [--large 100000] [--folder keep-it-here]

"First" is the first time that the process is asked for a list; the database's pages may be in the system's memory. A
folder that is given keeps its databases, so that a second run need not fill them again; 1,000,000 calls take about a
minute and 1.2 gigabytes.
"""

import argparse
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop
from store_calls import machine

from ringback.kernel.config import load_settings
from ringback.store.calls import CallRecord
from ringback.store.connection import Connection
from ringback.store.counts import Gathered, upsert_for
from ringback.store.page import OLDEST_FIRST, Page, Sort
from ringback.store.sealing import Sealer
from ringback.store.store import Store
from ringback.store.where import Where, above, at_least, at_most, below, ends_with, equal

ACCOUNT = "ACae6e420f425248d6a26948c17a9e2acf"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
OWN = equal("account_sid", ACCOUNT)
#: a tenth of the calls come from it
TRUNK = ends_with("from_", "2125550000")


def record(number: int, count: int, dice: random.Random) -> CallRecord:
    created = BEGIN + timedelta(days=90) * (number / count)
    seconds = dice.randrange(1, 600)
    status = dice.choices(["completed", "busy", "failed", "no-answer"], [90, 4, 3, 3])[0]
    return CallRecord(
        sid=f"CA{number:032x}",
        date_created=created,
        date_updated=created,
        account_sid=ACCOUNT,
        to=dice.choices(["+16175551212", f"+1617{dice.randrange(10_000_000):07d}"], [50, 50])[0],
        from_="+12125550000" if number % 10 == 0 else f"+1212{dice.randrange(max(10, count // 20)):07d}",
        status=status,
        start_time=created + timedelta(seconds=3),
        end_time=created + timedelta(seconds=3 + seconds),
        duration=seconds if status == "completed" else 0,
        price="0.00",
        direction=("inbound", "outbound-api", "outbound-dial")[number % 3],
        parent_call_sid=f"CA{number // 3:032x}" if number % 3 else None,
    )


async def filled(folder: Path, count: int) -> Store:
    """A store of ``count`` calls, filled the quick way: without the writer, and the indexes made at the end."""
    settings = load_settings(environment={}, options={"data_dir": str(folder / str(count))})
    store = await Store.open(settings)
    there = await store.calls.count(OWN)
    if there not in (0, count):
        raise SystemExit(f"{folder / str(count)} is half full: delete it")
    if not there:
        started = time.perf_counter()
        fill(store, count)
        print(f"store_lists: filled {count:,} calls in {time.perf_counter() - started:.0f} s", flush=True)
    started = time.process_time()
    if sealed := await Sealer(store.database).look():
        took = (time.process_time() - started) / count * 1e6
        print(f"store_lists: sealed {sealed} stretches, {took:.1f} µs of processor time a call", flush=True)
    return store


def fill(store: Store, count: int) -> None:
    driver, calls, dice = store.database.driver, store.calls, random.Random(count)
    gathered = Gathered()
    raw = sqlite3.connect(str(driver.url.database), isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    indexes = raw.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'calls' AND sql LIKE 'CREATE INDEX%'")
    for name, _ in (found := indexes.fetchall()):
        raw.execute(f"DROP INDEX {name}")
    insert = calls._insert.compiled(driver.dialect)[0]
    for number in range(count):
        values = calls.shape.encode(record(number, count, dice))
        raw.execute(insert, values)
        for key, total in calls.tallies(values):
            gathered.add(key, 1, total)
    for _, text in found:
        raw.execute(text)
    gathered.write(Connection(raw, driver.dialect), upsert_for(True))
    raw.execute("COMMIT")
    raw.close()


def lists(store: Store, count: int) -> dict[str, Callable[[], Awaitable[Page[Any]]]]:
    middle = BEGIN + timedelta(days=45)

    def page(*where: Where, **more: Any) -> Callable[[], Awaitable[Page[Any]]]:
        return lambda: store.calls.page(OWN, *where, limit=50, **more)

    to, rare = ends_with("to", "6175551212"), ends_with("from_", "0000007")
    busy, completed = equal("status", "busy"), equal("status", "completed")
    day = (at_least("start_time", middle), below("start_time", middle + timedelta(days=1)))
    month = (at_least("start_time", middle), below("start_time", middle + timedelta(days=30)))
    return {
        "all": page(),
        "Reverse": page(sort=OLDEST_FIRST),
        "To (half of them)": page(to),
        "From (20)": page(rare),
        "From (a tenth)": page(TRUNK),
        "From ends 7 (many numbers)": page(ends_with("from_", "7")),
        "Status=completed": page(completed),
        "Status=busy": page(busy),
        "StartTime>=day": page(at_least("start_time", middle)),
        "StartTime>day": page(above("start_time", middle)),
        "StartTime=day": page(*day),
        "StartTime<=day": page(at_most("start_time", middle)),
        "StartTime<day": page(below("start_time", middle)),
        "EndTime>=day": page(at_least("end_time", middle)),
        "EndTime>=day, Reverse": page(at_least("end_time", middle), sort=OLDEST_FIRST),
        "EndTime<=day": page(at_most("end_time", middle)),
        "EndTime=day": page(at_least("end_time", middle), below("end_time", middle + timedelta(days=1))),
        "StartTime>=day, EndTime<day": page(month[0], below("end_time", middle + timedelta(days=30))),
        "ParentCallSid": page(equal("parent_call_sid", f"CA{count // 6:032x}")),
        "To, Status=busy": page(to, busy),
        "To, Status=completed": page(to, completed),
        "To, StartTime>=day": page(to, month[0]),
        "To, StartTime in 30 days": page(to, *month),
        "To, StartTime=day, Status=busy": page(to, *day, busy),
        "From, StartTime in 30 days": page(TRUNK, *month),
        "From (20), StartTime>=day": page(rare, month[0]),
        "Status=busy, StartTime=day": page(busy, *day),
        "Status=completed, 30 days": page(completed, *month),
        "To, EndTime<=day": page(to, at_most("end_time", middle)),
        "To, From (20)": page(to, rare),
        "To, From (both many)": page(to, TRUNK),
        "To, From (both many), 30 days": page(to, TRUNK, *month),
        "To, From ends 7 (many numbers)": page(to, ends_with("from_", "7")),
        "To, From, Status, 30 days": page(to, TRUNK, completed, *month),
        "To, From, Page=middle": page(to, TRUNK, offset=count // 40),
        "To, From, AfterSid": page(to, TRUNK, after=f"CA{count // 2:032x}"),
        "SortBy=To": page(sort=Sort("to")),
        "SortBy=From:desc": page(sort=Sort("from_", descending=True)),
        "SortBy=Status": page(sort=Sort("status")),
        "SortBy=Duration:desc": page(sort=Sort("duration", descending=True)),
        "SortBy=Direction": page(sort=Sort("direction")),
        "SortBy=Price": page(sort=Sort("price")),
        "To, SortBy=Duration:desc": page(to, sort=Sort("duration", descending=True)),
        "StartTime=day, SortBy=Duration": page(*day, sort=Sort("duration")),
        "SortBy=To, Page=middle": page(sort=Sort("to"), offset=count // 2),
        "SortBy=Duration, Page=middle": page(sort=Sort("duration"), offset=count // 2),
        "SortBy=Price, AfterSid": page(sort=Sort("price"), after=f"CA{count // 2:032x}"),
        "Status=busy, SortBy=Duration:desc": page(busy, sort=Sort("duration", descending=True)),
        "To, From, SortBy=Duration": page(to, TRUNK, sort=Sort("duration")),
        "To, SortBy=Duration, Page=middle": page(to, sort=Sort("duration"), offset=count // 4),
        "To, SortBy=From, AfterSid": page(to, sort=Sort("from_"), after=f"CA{count // 2:032x}"),
        "StartTime=day, SortBy=From, middle": page(*day, sort=Sort("from_"), offset=count // 180),
        "Page=last": page(offset=count - 50),
        "Page=middle": page(offset=count // 2),
        "To, Page=middle": page(to, offset=count // 4),
        "AfterSid, in the middle": page(after=f"CA{count // 2:032x}"),
    }


async def milliseconds(ask: Callable[[], Awaitable[Page[Any]]]) -> tuple[float, float]:
    """Of the first ask, and the median of those after it."""
    times = []
    for _ in range(6):
        started = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - started) * 1000)
    return times[0], statistics.median(times[1:])


async def measure(folder: Path, small: int, large: int) -> None:
    stores = {count: await filled(folder, count) for count in (small, large)}
    asks = {count: lists(store, count) for count, store in stores.items()}
    for name in asks[small]:
        first_of_small, of_small = await milliseconds(asks[small][name])
        first_of_large, of_large = await milliseconds(asks[large][name])
        total = (await asks[large][name]()).total
        print(
            f"store_lists: {name:34} {small:,}: {of_small:6.2f} ms (first {first_of_small:6.2f})   "
            f"{large:,}: {of_large:7.2f} ms (first {first_of_large:6.2f})   total {total:,}"
        )
    print(f"store_lists: a page of 50 with its true total, sqlite, load {os.getloadavg()[0]:.1f} | {machine()}")
    for store in stores.values():
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=1000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.folder:
        uvloop.run(measure(asked.folder, asked.small, asked.large))
        return
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as folder:
        uvloop.run(measure(Path(folder), asked.small, asked.large))


if __name__ == "__main__":
    main()
