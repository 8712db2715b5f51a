"""The SIP stack alone, that rings and answers every call: what the whole server can never be faster than.

    python -m rig.bare

Prints its port; ends when its input does.
"""

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvloop

from rig.machine import SERVER_CORES
from rig.processes import child
from rig.server import Server
from ringback.kernel import collector
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

    def on_invite(self, call: ServerCall) -> None:
        call.ring()
        task = asyncio.get_running_loop().create_task(self.answer(call))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def answer(self, call: ServerCall) -> None:
        await call.answer(ANSWER)

    def on_request(self, request: object) -> None:
        """Nothing else comes."""


async def serve() -> None:
    collector.settle()
    endpoint = await Endpoint.open("127.0.0.1", 0, handler=Answering(), clock=SystemClock(), user_agent="bench")
    print(endpoint.port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await endpoint.close()


@contextlib.contextmanager
def bare(folder: Path) -> Iterator[Server]:
    with child([sys.executable, "-m", "rig.bare"], SERVER_CORES, folder=Path(__file__).parents[1]) as process:
        assert process.stdout is not None
        yield Server("bare stack", int(process.stdout.readline()), [process.pid])


if __name__ == "__main__":
    uvloop.run(serve())
