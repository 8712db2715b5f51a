"""`ringback serve` as a process: what it shows is true, what it cannot do it says, and it stops when asked."""

import asyncio
import json
import shlex
import signal
import socket
import sys
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.cli.ports import take_an_even_port

SERVE = [sys.executable, "-m", "ringback.cli", "serve"]
QUIET = ["--set", "media.first_port=0", "--set", "media.ports=2", "--set", "media.workers=1"]

Serve = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Starts servers on free ports, with their data in one folder; whatever still runs at the end is killed."""
    started: list[asyncio.subprocess.Process] = []

    async def start(*arguments: str, **environment: str) -> asyncio.subprocess.Process:
        given = {"--http-port": "0", "--sip-port": "0", "--data-dir": str(tmp_path / "data")}
        given |= dict(zip(arguments[::2], arguments[1::2], strict=True))
        process = await asyncio.create_subprocess_exec(
            *SERVE,
            *QUIET,
            *(part for pair in given.items() for part in pair),
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def banner_of(process: asyncio.subprocess.Process) -> str:
    """What it shows until it is ready."""
    assert process.stdout is not None
    async with asyncio.timeout(30):
        return (await process.stdout.readuntil(b"Ctrl-C stops.\n")).decode()


def wait_for(path: Path) -> None:
    """Returns when there is something at ``path``."""
    end = time.monotonic() + 30
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.01)


async def end_of(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_the_curl_that_it_shows_makes_a_call_and_a_signal_ends_it(serve: Serve) -> None:
    server = await serve()
    words = shlex.split(next(line for line in (await banner_of(server)).splitlines() if line.startswith("  curl ")))
    url = urlsplit(words[words.index("POST") + 1])
    form = dict(words[place + 1].split("=", 1) for place, word in enumerate(words) if word == "-d")
    credentials = b64encode(f"{url.username}:{url.password}".encode()).decode()
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Basic {credentials}"}) as session,
        session.post(f"http://{url.hostname}:{url.port}{url.path}", data=form) as answer,
    ):
        told = json.loads(await answer.text())
    assert "alice" in json.dumps(told)  # a call, or that alice's phone is not registered
    server.send_signal(signal.SIGTERM)
    code, out, err = await end_of(server)
    assert (code, err) == (0, "")
    assert out.endswith("Stopped.\n")


async def test_a_signal_while_it_starts_ends_it_too(serve: Serve, tmp_path: Path) -> None:
    server = await serve()
    await asyncio.to_thread(wait_for, tmp_path / "data")
    server.send_signal(signal.SIGINT)
    code, out, err = await end_of(server)
    assert (code, err) == (0, "")
    assert "Traceback" not in out


@pytest.mark.parametrize(("option", "name"), [("--http-port", "http.port"), ("--sip-port", "sip.port")])
async def test_a_taken_port_is_named(serve: Serve, option: str, name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = await end_of(await serve(option, str(port)))
    assert (code, out) == (2, "")
    assert err.startswith(f"ringback: {name} = {port}: ")
    assert len(err.splitlines()) == 1


async def test_a_taken_rtp_port_is_named(serve: Serve) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        port = take_an_even_port(taken)
        code, out, err = await end_of(await serve("--set", f"media.first_port={port}"))
    assert (code, out) == (2, "")
    assert err.startswith("ringback: media.first_port")
    assert str(port) in err
    assert len(err.splitlines()) == 1


async def test_a_bad_setting_from_the_environment_stops_the_start(serve: Serve) -> None:
    code, out, err = await end_of(await serve(RINGBACK_LOG_LEVEL="loud"))
    assert (code, out) == (2, "")
    assert err == "ringback: log.level = 'loud' (RINGBACK_LOG_LEVEL): must be one of debug, info, warning, error\n"


async def test_two_servers_do_not_share_their_data(serve: Serve, tmp_path: Path) -> None:
    await banner_of(await serve())
    code, out, err = await end_of(await serve())
    assert (code, out) == (2, "")
    assert str(tmp_path / "data") in err
    assert "Traceback" not in err


async def test_on_an_open_address_the_token_is_made_and_shown_once(serve: Serve) -> None:
    first = await serve("--http-host", "0.0.0.0")
    shown = await banner_of(first)
    token = next(line for line in shown.splitlines() if "token" in line).split()[1]
    assert "77f8c12cc7b8f8423e5c38b035249166" not in shown
    assert len(token) >= 32
    first.send_signal(signal.SIGTERM)
    await end_of(first)
    again = await banner_of(await serve("--http-host", "0.0.0.0"))
    assert token not in again
    assert "the one that was shown at the first start" in again
