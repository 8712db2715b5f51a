"""How many requests the REST API answers with one core: one resource, a list of 50, a create.

``.venv/bin/python benchmarks/api_requests.py [SECONDS] [CALLS]``. The server is a process of its own; what is told is
requests per second of *its* processor time, so that it does not matter what else the machine does. Bare: an ASGI
application that answers a constant, with the same server.
"""

import asyncio
import base64
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn

from ringback.api.server import build_api
from ringback.flows.house import House
from ringback.kernel.bus import Bus
from ringback.kernel.clock import SystemClock
from ringback.kernel.settings import Settings
from ringback.kernel.sid import new_sid
from ringback.kernel.tasks import Tasks
from ringback.store.calls import CallRecord
from ringback.store.seed import seed
from ringback.store.store import ADMINISTRATOR_SID, Store

ACCOUNT = f"/restcomm/2012-04-24/Accounts/{ADMINISTRATOR_SID}"
AUTHORIZATION = base64.b64encode(f"{ADMINISTRATOR_SID}:77f8c12cc7b8f8423e5c38b035249166".encode()).decode()
CONNECTIONS = 16


async def bare(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def house_of(folder: Path, calls: int) -> House:
    settings = Settings(data_dir=folder)
    store = await Store.open(settings)
    await seed(store, settings)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for first in range(0, calls, 1000):
        records = [_call(number, begin) for number in range(first, min(first + 1000, calls))]
        await store.database.write(*(store.calls.inserting(record) for record in records))
    house = House.__new__(House)
    house.settings, house.clock, house.bus, house.tasks, house.store = settings, SystemClock(), Bus(), Tasks(), store
    return house


def _call(number: int, begin: datetime) -> CallRecord:
    moment = begin + timedelta(seconds=number)
    return CallRecord(
        sid=f"CA{number:032x}",
        date_created=moment,
        date_updated=moment,
        account_sid=ADMINISTRATOR_SID,
        to=f"+1415555{number % 10_000:04d}",
        from_="alice",
        status=("completed", "busy", "failed")[number % 3],
        start_time=moment,
        end_time=moment + timedelta(seconds=60),
        duration=60,
        price="0.00",
        direction="inbound",
    )


def serve(port: int, calls: int, ready: Any) -> None:
    os.sched_setaffinity(0, {0})

    async def run() -> None:
        app: Any = bare
        if calls:
            app = build_api(await house_of(Path(tempfile.mkdtemp()), calls))
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", port))
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
        ready.set()
        await uvicorn.Server(config).serve([listener])

    uvicorn.Config(bare, loop="auto")
    import uvloop

    uvloop.run(run())


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def ask(port: int, request: Callable[[], bytes], until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    done = 0
    while time.monotonic() < until:
        writer.write(request())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 2"), head + await reader.read(500)
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        done += 1
    writer.close()
    return done


async def measure(name: str, port: int, pid: int, request: Callable[[], bytes], seconds: float) -> None:
    await ask(port, request, time.monotonic() + 0.3)
    used, started = processor_seconds(pid), time.monotonic()
    done = sum(await asyncio.gather(*(ask(port, request, started + seconds) for _ in range(CONNECTIONS))))
    used, wall = processor_seconds(pid) - used, time.monotonic() - started
    print(f"{name:34} {done / used:8.0f} a processor second   {done / wall:8.0f} a second")


def get(path: str) -> Callable[[], bytes]:
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {AUTHORIZATION}\r\n\r\n".encode()
    return lambda: request


def create() -> bytes:
    body = f"Login={new_sid('x')}&Password=secret"
    head = f"POST {ACCOUNT}/Clients.json HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {AUTHORIZATION}\r\n"
    kind = "Content-Type: application/x-www-form-urlencoded\r\n"
    return f"{head}{kind}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    calls = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    one = f"{ACCOUNT}/Calls/CA{0:032x}"
    for port, count, requests in (
        (18181, 0, [("bare ASGI", get("/"))]),
        (
            18182,
            calls,
            [
                ("one call, XML", get(one)),
                ("one call, JSON", get(f"{one}.json")),
                ("50 calls, XML", get(f"{ACCOUNT}/Calls")),
                ("50 calls, JSON", get(f"{ACCOUNT}/Calls.json")),
                ("50 completed calls to one, JSON", get(f"{ACCOUNT}/Calls.json?Status=completed&To=4155550003")),
                ("50 of a day, JSON", get(f"{ACCOUNT}/Calls.json?StartTime=2026-01-01&PageSize=50")),
                ("create a client", create),
            ],
        ),
    ):
        ready = multiprocessing.Event()
        server = multiprocessing.Process(target=serve, args=(port, count, ready), daemon=True)
        server.start()
        ready.wait()
        time.sleep(0.3)
        assert server.pid is not None
        for name, request in requests:
            asyncio.run(measure(name, port, server.pid, request, seconds))
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()
