"""The list of calls over HTTP, at two sizes of the table: a page of 50 as JSON with its true total, for each filter.

    python benchmarks/api_lists.py [--small 1000] [--large 100000] [--folder keep-it-here]

One request after another to ``ringback serve``; told is the median of five. A folder that is given keeps its databases,
as `store_lists` does.
"""

import argparse
import asyncio
import http.client
import json
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from api_requests import AUTHORIZATION, PLACE, Server, fill, ringback
from store_calls import machine

TO, FROM, TRUNK = "To=6175551212", "From=0000007", "From=2125550000"
DAY, LATER = "2026-02-15", "2026-03-17"
MONTH = f"StartTime%3E={DAY}&StartTime%3C={LATER}"
QUERIES = [
    "",
    "Reverse=true",
    TO,
    FROM,
    TRUNK,
    "From=7",
    "Status=completed",
    "Status=busy",
    f"StartTime={DAY}",
    f"StartTime%3E={DAY}",
    f"StartTime%3C={DAY}",
    f"EndTime={DAY}",
    f"EndTime%3E={DAY}",
    f"EndTime%3C={DAY}",
    f"StartTime%3E={DAY}&EndTime%3C={LATER}",
    f"{TO}&{MONTH}",
    f"{TRUNK}&{MONTH}",
    f"{FROM}&StartTime%3E={DAY}",
    f"Status=busy&{MONTH}",
    f"{TO}&Status=busy",
    f"{TO}&EndTime%3C={DAY}",
    f"{TO}&Status=busy&StartTime={DAY}",
    f"{TO}&{FROM}",
    f"{TO}&{TRUNK}",
    *(f"SortBy={name}" for name in ("DateCreated", "From", "To", "Direction", "Status", "Duration:desc", "Price")),
    f"{TO}&SortBy=Duration:desc",
    f"{TO}&From=7",
    f"{TO}&{TRUNK}&Status=completed&{MONTH}",
    f"{TO}&{TRUNK}&SortBy=Duration",
    "Status=busy&SortBy=Duration:desc",
    f"StartTime={DAY}&SortBy=Duration",
]


class Client:
    """One connection."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port)

    def page(self, query: str) -> Any:
        path = f"{PLACE}/Calls.json?PageSize=50&{query}"
        self._connection.request("GET", path, headers={"Authorization": f"Basic {AUTHORIZATION}"})
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return json.loads(body)

    def milliseconds(self, query: str) -> float:
        times = []
        for _ in range(6):
            started = time.perf_counter()
            self.page(query)
            times.append((time.perf_counter() - started) * 1000)
        return statistics.median(times[1:])


def measure(folder: Path, small: int, large: int) -> None:
    with ExitStack() as servers:
        clients = []
        for count in (small, large):
            asyncio.run(fill(folder, count))
            server = ringback(folder / str(count))
            servers.callback(server.stop)
            clients.append(Client(server))
        few, many = clients
        deep = [
            (f"Page={count // 100}", f"Page={count // 100 - 1}&AfterSid=CA{count // 2:032x}")
            for count in (small, large)
        ]
        middle = [
            (f"{query}&Page={small // share}", f"{query}&Page={large // share}")
            for query, share in ((TO, 200), (f"{TO}&{TRUNK}", 2000), ("SortBy=To", 100), (f"{TO}&SortBy=Duration", 200))
        ]
        pairs = [(query, query) for query in QUERIES] + list(zip(*deep, strict=True)) + middle
        for of_few, of_many in pairs:
            total = many.page(of_many)["total"]
            print(
                f"api_lists: {of_many or 'all':60} {small:,}: {few.milliseconds(of_few):6.2f} ms   "
                f"{large:,}: {many.milliseconds(of_many):7.2f} ms   total {total:,}",
                flush=True,
            )
    print(f"api_lists: a page of 50 over HTTP, sqlite, load {os.getloadavg()[0]:.1f} | {machine()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=1000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as folder:
        measure(asked.folder or Path(folder), asked.small, asked.large)


if __name__ == "__main__":
    main()
