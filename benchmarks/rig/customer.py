"""The customer's web server of a benchmark: few documents and sounds, kept in memory, as fast as aiohttp goes.

    python -m rig.customer FOLDER

Serves each file of the folder, to GET and POST alike; prints its port.
"""

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import uvloop
from aiohttp import web

from rig.machine import LOAD_CORES
from rig.processes import child

KEEP = {"Cache-Control": "max-age=3600"}
KINDS = {".xml": "text/xml", ".wav": "audio/wav"}


Kept = tuple[bytes, str, dict[str, str]]


def kept_of(folder: Path) -> dict[str, Kept]:
    """Octets, kind and headers of each path. A sound may be kept by who fetches it, a document may not."""
    return {
        f"/{path.name}": (path.read_bytes(), KINDS[path.suffix], KEEP if path.suffix == ".wav" else {})
        for path in folder.iterdir()
        if path.suffix in KINDS
    }


async def serve(kept: dict[str, Kept]) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        found = kept.get(request.path)
        return (
            web.Response(body=found[0], content_type=found[1], headers=found[2]) if found else web.Response(status=404)
        )

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


@contextlib.contextmanager
def customer(folder: Path) -> Iterator[tuple[int, int]]:
    """The server on the load's cores: its port and its process."""
    with child([sys.executable, "-m", "rig.customer", str(folder)], LOAD_CORES, folder=Path(__file__).parents[1]) as it:
        assert it.stdout is not None
        yield int(it.stdout.readline()), it.pid


if __name__ == "__main__":
    uvloop.run(serve(kept_of(Path(sys.argv[1]))))
