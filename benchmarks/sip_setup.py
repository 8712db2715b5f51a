"""Call set-ups of the bare stack: a minimal server on the endpoint, driven by SIPp on loopback.

    python benchmarks/sip_setup.py [--rate 800] [--seconds 5] [--transport u1] [--loop uvloop]

Prints one line: calls a second, CPU of the server for a call, what failed, what was sent again, and the machine.
"""

import argparse
import asyncio
import multiprocessing
import os
import platform
import resource
import subprocess
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import uvloop

from ringback.kernel.clock import SystemClock
from ringback.sip.net.endpoint import Endpoint
from ringback.sip.session import ServerCall

ANSWER = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0 101\r\n"
    b"a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
)


class Answering:
    """Rings and answers every call."""

    def __init__(self) -> None:
        self.running: set[asyncio.Task[Any]] = set()
        self.answered = 0

    def on_invite(self, call: ServerCall) -> None:
        call.ring()
        task = asyncio.get_running_loop().create_task(self.answer(call))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def answer(self, call: ServerCall) -> None:
        await call.answer(ANSWER)
        self.answered += 1

    def on_request(self, request: object) -> None:
        """Nothing else comes."""


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def serve(pipe: Connection, profile: str) -> None:
    handler = Answering()
    endpoint = await Endpoint.open("127.0.0.1", 0, handler=handler, clock=SystemClock(), user_agent="bench")
    pipe.send(endpoint.port)
    start = cpu_seconds()
    profiler = None
    if profile:
        import cProfile

        profiler = cProfile.Profile()
        profiler.enable()
    await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
    if profiler is not None:
        profiler.disable()
        profiler.dump_stats(profile)
    counters = endpoint.counters
    pipe.send((cpu_seconds() - start, handler.answered, counters.retransmissions, counters.malformed, counters.defects))
    await endpoint.close()


def server(pipe: Connection, loop: str, profile: str) -> None:
    run = uvloop.run if loop == "uvloop" else asyncio.run
    run(serve(pipe, profile))


def drive(port: int, rate: int, seconds: int, transport: str) -> dict[str, str]:
    """SIPp's own count of the run."""
    with tempfile.TemporaryDirectory() as folder:
        statistics = Path(folder) / "statistics.csv"
        command = ["sipp", f"127.0.0.1:{port}", "-sf", str(Path(__file__).with_suffix(".xml")), "-i", "127.0.0.1"]
        command += ["-t", transport, "-r", str(rate), "-m", str(rate * seconds), "-l", "100000", "-nostdin"]
        command += ["-trace_stat", "-stf", str(statistics), "-buff_size", "1048576", "-timeout", f"{seconds + 20}"]
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        lines = statistics.read_text().splitlines()
        return dict(zip(lines[0].split(";"), lines[-1].split(";"), strict=False))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=800)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--transport", default="u1", choices=["u1", "t1"])
    parser.add_argument("--loop", default="uvloop", choices=["uvloop", "asyncio"])
    parser.add_argument("--profile", default="", help="file for cProfile's figures (the run is slower then)")
    options = parser.parse_args()
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=server, args=(there, options.loop, options.profile))
    process.start()
    port = here.recv()
    counted = drive(port, options.rate, options.seconds, options.transport)
    here.send(None)
    cpu, answered, sent_again, malformed, defects = here.recv()
    process.join()
    print(
        f"sip_setup: {options.rate} calls/s for {options.seconds} s over {options.transport}, {options.loop}: "
        f"{1000 * cpu / max(1, answered):.2f} ms CPU a call, {answered} answered, "
        f"{counted['SuccessfulCall(C)']} complete, {counted['FailedCall(C)']} failed, sent again: "
        f"{counted['Retransmissions(C)']} by SIPp, {sent_again} by us; malformed {malformed}, defects {defects} "
        f"[{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}]"
    )


if __name__ == "__main__":
    main()
