"""Reading one record by its SID: on the event loop's own thread, and in a reader's thread; idle and while writing.

python benchmarks/store_reads.py [--seconds 2] [--url postgresql+psycopg://…]
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop
from store_calls import calls_in_turn, machine, record

from ringback.kernel.config import load_settings
from ringback.store.prepared import Prepared
from ringback.store.store import Store


async def reads_per_second(read: Callable[[], Awaitable[Any]], seconds: float) -> tuple[float, float]:
    """Reads a second, and the slowest in milliseconds."""
    end, count, slowest = time.perf_counter() + seconds, 0, 0.0
    while (before := time.perf_counter()) < end:
        await read()
        slowest = max(slowest, time.perf_counter() - before)
        count += 1
        if count % 10 == 0:
            await asyncio.sleep(0)
    return count / seconds, slowest * 1000


async def measure(seconds: float, url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as folder:
        store = await Store.open(load_settings(environment={}, options={"data_dir": folder, "database_url": url}))
        calls = [record(number) for number in range(1000)]
        for call in calls:
            await store.calls.put(call) if call is calls[-1] else store.calls.put(call)
        on_the_loop = store.calls._by_sid
        in_a_thread = Prepared(on_the_loop.statement)
        given = {"sid": calls[500].sid}
        for state in ("idle", "while writing"):
            writing = [
                asyncio.create_task(calls_in_turn(store, time.perf_counter() + 3 * seconds, n)) for n in range(20)
            ]
            if state == "idle":
                [task.cancel() for task in writing]
            for name, read in (
                ("on the loop", lambda: store.database.read(on_the_loop, given)),
                ("in a thread", lambda: store.database.read(in_a_thread, given)),
                ("record", lambda: store.calls.get(given["sid"])),
            ):
                rate, slowest = await reads_per_second(read, seconds)
                print(f"store_reads: {state:13} {name:11} {rate:8,.0f}/s, slowest {slowest:.1f} ms")
            await asyncio.gather(*writing, return_exceptions=True)
        print(f"store_reads: {store.database.driver.dialect.name} | {machine()}")
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--url", default="")
    asked = parser.parse_args()
    uvloop.run(measure(asked.seconds, asked.url))


if __name__ == "__main__":
    main()
