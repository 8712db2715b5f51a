"""Lists of calls as the table grows: a page of 50 with each filter, at two sizes of the table, side by side.

    python benchmarks/store_lists.py [--small 1000] [--large 100000] [--folder keep-it-here]

A folder that is given keeps its databases, so that a second run need not fill them again; 1,000,000 calls take some
minutes to fill.
"""

import argparse
import random
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
from ringback.store.page import Page
from ringback.store.store import Store
from ringback.store.where import Where, at_least, below, ends_with, equal

ACCOUNT = "ACae6e420f425248d6a26948c17a9e2acf"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
OWN = equal("account_sid", ACCOUNT)
_BATCH = 2000


def record(number: int, count: int, dice: random.Random) -> CallRecord:
    created = BEGIN + timedelta(days=90) * (number / count)
    status = dice.choices(["completed", "busy", "failed", "no-answer"], [90, 4, 3, 3])[0]
    return CallRecord(
        sid=f"CA{dice.getrandbits(128):032x}",
        date_created=created,
        date_updated=created,
        account_sid=ACCOUNT,
        to=dice.choices(["+16175551212", f"+1617{dice.randrange(10_000_000):07d}"], [50, 50])[0],
        from_=f"+1212{dice.randrange(max(10, count // 20)):07d}",
        status=status,
        start_time=created + timedelta(seconds=3),
        end_time=created + timedelta(seconds=63),
        duration=60 if status == "completed" else 0,
        price="0.00",
        direction="inbound",
        parent_call_sid=f"CA{number // 3:032x}" if number % 3 else None,
    )


async def filled(folder: Path, count: int) -> Store:
    settings = load_settings(environment={}, options={"data_dir": str(folder / str(count))})
    store = await Store.open(settings)
    there, dice = await store.calls.count(OWN), random.Random(count)
    if there not in (0, count):
        raise SystemExit(f"{folder / str(count)} is half full: delete it")
    started = time.perf_counter()
    for first in range(there, count, _BATCH):
        await store.database.write(
            *(store.calls.inserting(record(n, count, dice)) for n in range(first, min(first + _BATCH, count)))
        )
    if not there:
        print(
            f"store_lists: filled {count:,} calls, {count / (time.perf_counter() - started):,.0f} calls/s", flush=True
        )
    return store


def lists(store: Store, count: int) -> dict[str, Callable[[], Awaitable[Page[Any]]]]:
    middle = BEGIN + timedelta(days=45)

    def page(*where: Where, **more: Any) -> Callable[[], Awaitable[Page[Any]]]:
        return lambda: store.calls.page(OWN, *where, limit=50, **more)

    return {
        "all": page(),
        "To (half of them)": page(ends_with("to", "6175551212")),
        "From (20)": page(ends_with("from_", "0000007")),
        "From ends 7 (many numbers)": page(ends_with("from_", "7")),
        "Status=completed": page(equal("status", "completed")),
        "Status=busy": page(equal("status", "busy")),
        "StartTime>=day": page(at_least("start_time", middle)),
        "StartTime=day": page(at_least("start_time", middle), below("start_time", middle + timedelta(days=1))),
        "StartTime<day": page(below("start_time", middle)),
        "ParentCallSid": page(equal("parent_call_sid", f"CA{count // 6:032x}")),
        "To and Status=busy": page(ends_with("to", "6175551212"), equal("status", "busy")),
        "To and Status=completed": page(ends_with("to", "6175551212"), equal("status", "completed")),
        "Page=last": page(offset=count - 50),
        "Page=middle": page(offset=count // 2),
    }


async def milliseconds(ask: Callable[[], Awaitable[Page[Any]]]) -> float:
    await ask()
    times = []
    for _ in range(7):
        started = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


async def measure(folder: Path, small: int, large: int) -> None:
    stores = {count: await filled(folder, count) for count in (small, large)}
    asks = {count: lists(store, count) for count, store in stores.items()}
    for name in asks[small]:
        of_small, of_large = await milliseconds(asks[small][name]), await milliseconds(asks[large][name])
        total = (await asks[large][name]()).total
        print(f"store_lists: {name:28} {small:,}: {of_small:6.2f} ms   {large:,}: {of_large:7.2f} ms   total {total:,}")
    print(f"store_lists: a page of 50 with its true total, sqlite | {machine()}")
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
