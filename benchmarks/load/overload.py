"""Half again as many calls as one core carries: what is taken stays whole, the rest is told to come later.

    python benchmarks/load/overload.py [--first 45] [--seconds 20]

The server, its media worker included, has one core; the callers and those who listen have the other. Each call dials a
number, whose document (the server's own demonstration) plays a prompt of 3.9 seconds, and is hung up. In the first part
the rate rises until calls are refused or set up slowly; then half again as much comes for --seconds; then less again,
until nothing is refused any more. Prints one line; what goes on is shown on standard error.

A packet is late when it came more than 40 ms after its time, counted from the packet of its stream that came soonest,
the first left out: a phone whose jitter buffer holds two packets would miss it. One call in four is listened to.
"""

import argparse
import asyncio
import base64
import contextlib
import math
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import uvloop
from ear import Ear

from ringback.kernel.clock import SystemClock
from ringback.sip.address import NameAddress
from ringback.sip.net.endpoint import Endpoint
from ringback.sip.session import CallRefused
from ringback.sip.uri import Uri

NUMBER = "+15557770000"
SERVER_CORE, OUR_CORE = 0, (os.cpu_count() or 1) - 1
#: calls a second: at first, how much more at each step, and seconds of a step
BEGIN, STEP, EACH = 80.0, 1.25, 4.0
#: set-up time, in seconds, above which a rate is not carried
SLOW = 0.5
PORTS = 800


@dataclass
class Tally:
    """What became of the calls of one part."""

    began: float = field(default_factory=time.monotonic)
    whole: int = 0
    refused: int = 0
    without_retry_after: int = 0
    lost: int = 0
    set_ups: list[float] = field(default_factory=list)
    last_refusal: float = 0.0

    @property
    def slowest(self) -> float:
        """95 % of the calls were set up in this time, in seconds."""
        return statistics.quantiles(self.set_ups, n=20)[-1] if len(self.set_ups) > 1 else 0.0


class Callers:
    """Each call from a port of its own for sound."""

    def __init__(self, endpoint: Endpoint, server: Uri, ports: list[int]) -> None:
        self._endpoint = endpoint
        self._server = server
        self._me = NameAddress("", Uri.parse("sip:caller@127.0.0.1"))
        self._ports: Iterator[int] = cycle(ports)
        self._running: set[asyncio.Task[None]] = set()

    async def come(self, rate: float, seconds: float, tally: Tally) -> None:
        """``rate`` calls a second, evenly."""
        begin, count = time.monotonic(), 0
        while (passed := time.monotonic() - begin) < seconds:
            while count < passed * rate:
                count += 1
                task = asyncio.get_running_loop().create_task(self._one(tally))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            await asyncio.sleep(0.005)

    async def all_over(self, within: float) -> None:
        """Waits for those under way."""
        if self._running:
            await asyncio.wait(self._running, timeout=within)

    async def _one(self, tally: Tally) -> None:
        begin = time.monotonic()
        call = self._endpoint.invite(self._server, sdp=_offer(next(self._ports)), from_=self._me)
        try:
            await call.answered()
        except CallRefused as refused:
            response = refused.response
            if response.status != 503 or response.local:
                tally.lost += 1
            else:
                tally.refused += 1
                tally.last_refusal = time.monotonic()
                tally.without_retry_after += "Retry-After" not in response.headers
            return
        tally.set_ups.append(time.monotonic() - begin)
        ending = await call.ended
        tally.whole += ending.cause == "bye"
        tally.lost += ending.cause != "bye"


def _offer(port: int) -> bytes:
    lines = ("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", f"m=audio {port} RTP/AVP 0", "")
    return "\r\n".join(lines).encode()


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[int, int]]:
    """A server on its core; its SIP and its HTTP port."""
    sip, http = _free_port(), _free_port()
    command = [sys.executable, "-m", "ringback.cli", "serve", "--http-port", str(http), "--sip-port", str(sip)]
    command += ["--data-dir", str(folder / "data"), "--set", "media.first_port=0", "--set", "media.workers=1"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
        )
    assert process.stdout is not None
    try:
        if not any(f":{http}" in line for line in process.stdout):
            raise SystemExit((folder / "log").read_text())
        yield sip, http
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def bind(http: int, url: str) -> None:
    """The number's document."""
    sid, token = "ACae6e420f425248d6a26948c17a9e2acf", "77f8c12cc7b8f8423e5c38b035249166"
    form = urllib.parse.urlencode({"PhoneNumber": NUMBER, "VoiceUrl": url}).encode()
    path = f"http://127.0.0.1:{http}/restcomm/2012-04-24/Accounts/{sid}/IncomingPhoneNumbers.json"
    proof = base64.b64encode(f"{sid}:{token}".encode()).decode()
    urllib.request.urlopen(urllib.request.Request(path, form, {"Authorization": f"Basic {proof}"})).close()


def show(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def most(callers: Callers, ear: Ear, first: float) -> tuple[float, bool]:
    """The highest rate that was carried, in calls a second; and whether a higher one was not."""
    rate, carried, ended, until = BEGIN, 0.0, False, time.monotonic() + first
    while time.monotonic() < until:
        tally = Tally()
        await callers.come(rate, EACH, tally)
        _, packets, late, _ = ear.judge()
        show(
            f"{rate:6.1f} calls/s: {tally.refused} refused, set-up p95 {1000 * tally.slowest:.0f} ms, "
            f"{late} of {packets} packets late"
        )
        if ended := bool(tally.refused or tally.lost or tally.slowest > SLOW or late > packets / 1000):
            break
        carried, rate = rate, rate * STEP
    await callers.all_over(20)
    ear.judge()
    return carried, ended


async def recovery(callers: Callers, rate: float, most_seconds: float) -> float:
    """Seconds from the end of the overload until the last refusal; infinite when they do not end."""
    tally = Tally()
    while time.monotonic() - tally.began < most_seconds:
        await callers.come(rate, 1.0, tally)
        calm = time.monotonic() - max(tally.last_refusal, tally.began)
        show(f"{rate:6.1f} calls/s: {tally.refused} refused so far")
        if calm > 3:
            return max(0.0, tally.last_refusal - tally.began)
    return math.inf


async def measure(options: argparse.Namespace, folder: Path, ear: Ear) -> str:
    with serving(folder) as (sip, http):
        await asyncio.to_thread(bind, http, f"http://127.0.0.1:{http}/restcomm/demos/hello-play.xml")
        endpoint = await Endpoint.open("127.0.0.1", 0, handler=Nobody(), clock=SystemClock(), user_agent="callers")
        callers = Callers(endpoint, Uri.parse(f"sip:{NUMBER}@127.0.0.1:{sip}"), ear.ports)
        carried, ended = await most(callers, ear, options.first)
        await asyncio.sleep(8)  # what was refused at the end of the search is over
        ear.judge()
        tally = Tally()
        show(f"{1.5 * carried:6.1f} calls/s for {options.seconds} s, half again as many")
        await callers.come(1.5 * carried, options.seconds, tally)
        recovered = await recovery(callers, 0.7 * carried, 30)
        await callers.all_over(20)
        streams, packets, late, missing = ear.judge()
        await endpoint.close()
    share = 100 * late / max(packets, 1)
    return (
        f"overload: one core carries {'' if ended else 'AT LEAST '}{carried:.0f} calls/s; "
        f"at {1.5 * carried:.0f}/s for {options.seconds:g} s "
        f"{tally.whole} calls whole, {tally.refused} refused with 503 "
        f"({tally.without_retry_after} without Retry-After), {tally.lost} lost, "
        f"set-up p95 {1000 * tally.slowest:.0f} ms; {late} of {packets} packets late ({share:.3f} %), "
        f"{missing} missing, {streams} streams; recovered {recovered:.1f} s after it "
        f"[{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}]"
    )


class Nobody:
    """Nobody calls the callers."""

    def on_invite(self, call: object) -> None:
        """Does not come."""

    def on_request(self, request: object) -> None:
        """Does not come."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=float, default=45, help="seconds for finding what one core carries")
    parser.add_argument("--seconds", type=float, default=20, help="seconds of half again as much")
    options = parser.parse_args()
    ear = Ear(PORTS, OUR_CORE)
    os.sched_setaffinity(0, {OUR_CORE})
    with tempfile.TemporaryDirectory() as folder:
        print(uvloop.run(measure(options, Path(folder), ear)))
    ear.close()


if __name__ == "__main__":
    main()
