"""What one core answers over HTTP: one call in XML and JSON, 50 calls, a create; beside bare ASGI and a FastAPI twin.

    python benchmarks/api_requests.py [--seconds 3] [--calls 1000] [--connections 16]

A whole server (``ringback serve``), bare ASGI and a FastAPI twin with SQLAlchemy's async ORM and the same durability
(`api_peers`) run on core 0, each in a process of its own; wrk drives them on core 1, figure by figure in turn. Told are
requests a second and, since the machine may do other things beside, requests for each second of the server's processor
time. wrk is Debian's package wrk; the twin is left out when the packages of requirements-bench.lock are missing.
"""

import argparse
import asyncio
import base64
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from store_calls import machine
from store_lists import filled

HERE = Path(__file__).parent
ACCOUNT = "ACae6e420f425248d6a26948c17a9e2acf"
TOKEN = "77f8c12cc7b8f8423e5c38b035249166"
PLACE = f"/restcomm/2012-04-24/Accounts/{ACCOUNT}"
AUTHORIZATION = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
FORM = "Content-Type: application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Figure:
    """``aim``: requests a second with one core; ``twin``: whether the twin has it, too."""

    name: str
    path: str
    aim: int
    twin: bool = True
    create: bool = False


ONE = f"{PLACE}/Calls/CA{0:032x}"
FIGURES = [
    Figure("one call, XML", ONE, 2500, twin=False),
    Figure("one call, JSON", f"{ONE}.json", 2500),
    Figure("50 calls, XML", f"{PLACE}/Calls", 400, twin=False),
    Figure("50 calls, JSON", f"{PLACE}/Calls.json", 400),
    Figure("create an application", f"{PLACE}/Applications.json", 1000, create=True),
]


@dataclass(frozen=True)
class Rate:
    """Requests a second of time, and of the server's processor time."""

    wall: float
    processor: float


class Server:
    """A process on core 0."""

    def __init__(self, command: list[str], port: int, environment: dict[str, str] | None = None) -> None:
        self.port = port
        self._process = subprocess.Popen(
            ["taskset", "-c", "0", *command],
            env={**os.environ, **(environment or {})},
            cwd=HERE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 30
        while time.monotonic() < until and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{' '.join(command)} does not start")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def measure(self, figure: Figure, seconds: float, connections: int) -> Rate:
        before = self._processor_seconds()
        requests, took = wrk(f"http://127.0.0.1:{self.port}{figure.path}", seconds, connections, create=figure.create)
        return Rate(requests / took, requests / max(0.01, self._processor_seconds() - before))

    def _processor_seconds(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wrk(url: str, seconds: float, connections: int, *, create: bool) -> tuple[int, float]:
    """Requests, and the seconds that they took."""
    options = f"-t 1 -c {connections} -d {seconds:.0f}s --timeout 30s".split()
    options += ["-H", f"Authorization: Basic {AUTHORIZATION}"]
    if create:
        options += ["-s", str(HERE / "api_peers" / "create.lua"), "-H", FORM]
    said = subprocess.run(
        ["taskset", "-c", "1", "wrk", *options, url], capture_output=True, text=True, check=True
    ).stdout
    done = re.search(r"(\d+) requests in ([\d.]+)s", said)
    assert done is not None, said
    assert "Non-2xx" not in said, said
    assert "Socket errors" not in said, said
    return int(done[1]), float(done[2])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ringback(folder: Path) -> Server:
    port = free_port()
    settings = {"http.port": port, "sip.port": 0, "media.first_port": 0, "media.ports": 2, "data_dir": folder}
    given = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    return Server([str(Path(sys.executable).parent / "ringback"), "serve", *given], port)


def peer(name: str, environment: dict[str, str]) -> Server:
    port = free_port()
    options = ["--port", str(port), "--no-access-log", "--log-level", "error"]
    return Server([sys.executable, "-m", "uvicorn", f"api_peers.{name}:app", *options], port, environment)


async def fill(folder: Path, calls: int) -> None:
    await (await filled(folder, calls)).close()


def measure(seconds: float, calls: int, connections: int) -> None:
    with ExitStack() as servers:
        folder = Path(servers.enter_context(tempfile.TemporaryDirectory(prefix="ringback-bench-")))
        asyncio.run(fill(folder, calls))
        ours, bare = ringback(folder / str(calls)), peer("bare", {})
        twin = None
        if importlib.util.find_spec("fastapi") and importlib.util.find_spec("aiosqlite"):
            twin = peer("twin", {"TWIN_FOLDER": str(folder), "TWIN_CALLS": str(calls)})
        for server in (ours, bare, *([twin] if twin else [])):
            servers.callback(server.stop)
            server.measure(FIGURES[1], 1, connections)
        for figure in FIGURES:
            peers = {"bare ASGI": bare, **({"FastAPI twin": twin} if twin and figure.twin else {})}
            report(figure, ours, peers, seconds, connections)
    print(f"api_requests: one core, {connections} connections, load {os.getloadavg()[0]:.1f} | {machine()}")


def report(figure: Figure, ours: Server, peers: dict[str, Server], seconds: float, connections: int) -> None:
    rates = {name: server.measure(figure, seconds, connections) for name, server in peers.items()}
    rate = ours.measure(figure, seconds, connections)
    beside = "; ".join(
        f"{name} {other.wall:,.0f} and {other.processor:,.0f} ({rate.processor / other.processor:.2f} of it)"
        for name, other in rates.items()
    )
    print(
        f"api_requests: {figure.name:22} {rate.wall:6,.0f}/s, {rate.processor:6,.0f} a processor second "
        f"(aim {figure.aim:,}); {beside}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=16)
    asked = parser.parse_args()
    if not shutil.which("wrk") or not shutil.which("taskset"):
        print("api_requests: left out, since it needs wrk and taskset: apt-get install wrk util-linux")
        return
    if len(os.sched_getaffinity(0)) < 2:
        print("api_requests: left out, since it needs two cores")
        return
    measure(asked.seconds, asked.calls, asked.connections)


if __name__ == "__main__":
    main()
