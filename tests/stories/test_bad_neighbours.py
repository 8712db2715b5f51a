"""One of each bad server at once, while other customers' calls are answered, hear their prompts whole, and end."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ringback.app import Ringback
from ringback.testing import CustomerServer, Phone
from tests.conftest import MakeNumber
from tests.stories.faults import fault_of
from tests.stories.sounds import spoken
from tests.web.servers import Talk, raw, says

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
CERTIFICATE = Path(__file__).parents[1] / "web" / "self_signed.pem"
#: good calls at once, and how many times
CALLS, ROUNDS = 6, 2


@dataclass
class Neighbourhood:
    """The bad servers: their URLs, and what becomes of who asks them (a code of the error dictionary)."""

    over: asyncio.Event = field(default_factory=asyncio.Event)
    asked: dict[str, asyncio.Event] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)

    def first(self, name: str, talk: Talk) -> Talk:
        """Notes that ``name`` was asked, and has the talk."""
        self.asked[name] = asyncio.Event()

        async def noted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.asked[name].set()
            await talk(reader, writer)

        return noted

    async def hangs(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.over.wait()

    async def drips(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Content-Length: 1000000\r\n\r\n")
        while not self.over.is_set():
            writer.write(b"<")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def drips_its_head(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        while not self.over.is_set():
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.1)


async def is_endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"\r\n<Response>")
    while True:
        writer.write(b"<Say>more</Say>" * 4000)
        await writer.drain()


async def closes_half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: 100\r\n\r\n<Response>")
    writer.write_eof()
    await reader.read()


def bomb(content_type: bytes) -> bytes:
    """100 MB of zeros in 100 kB."""
    packed = gzip.compress(bytes(100_000_000), 9, mtime=0)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    return head % (content_type, len(packed)) + packed


#: name → (talk, code); those that last hang until the neighbourhood is over
LASTING: dict[str, tuple[Callable[[Neighbourhood], Talk], int]] = {
    "hangs": (lambda all_: all_.hangs, 11205),
    "drips": (lambda all_: all_.drips, 11205),
    "drips its head": (lambda all_: all_.drips_its_head, 11205),
}
BRIEF: dict[str, tuple[Talk, int]] = {
    "is endless": (is_endless, 11750),
    "is huge": (says(HEAD + b"Content-Length: 3000000\r\n\r\n" + b" " * 3_000_000), 11750),
    "says a wrong length": (says(HEAD + b"Content-Length: 99\r\n\r\n<Response/>"), 11205),
    "is a bomb": (says(bomb(b"text/xml")), 11750),
    "closes half": (closes_half, 11205),
    "closes at once": (says(b""), 11205),
    "is no HTTP": (says(b"\x00\xff 220 ready\r\n\r\n"), 11206),
}
OTHERS = {"runs in a circle": 11215, "has a bad certificate": 11220, "moves to a private address": 11200}
CODES = {
    **{name: code for name, (_, code) in LASTING.items()},
    **{name: code for name, (_, code) in BRIEF.items()},
    **OTHERS,
}


@pytest_asyncio.fixture(loop_scope="session")
async def bad(
    ringback: Ringback, customer: CustomerServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Neighbourhood]:
    all_ = Neighbourhood()
    patient = ringback.house.settings.fetch.model_copy(update={"timeout": 60.0})
    monkeypatch.setattr(ringback.house.fetcher, "_settings", patient)
    async with AsyncExitStack() as stack:

        async def opens(name: str, talk: Talk, **more: Any) -> None:
            all_.urls[name] = await stack.enter_async_context(raw(all_.first(name, talk), **more))

        for name, (lasting, _) in LASTING.items():
            await opens(name, lasting(all_))
        for name, (talk, _) in BRIEF.items():
            await opens(name, talk)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        await opens("has a bad certificate", says(b""), tls=context)
        customer.redirects("/round", "/and/round")
        all_.urls["runs in a circle"] = customer.redirects("/and/round", "/round")
        all_.urls["moves to a private address"] = moves(ringback, customer, monkeypatch)
        yield all_
        all_.over.set()


def moves(ringback: Ringback, customer: CustomerServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A name that was public when somebody looked, and stands for a private address when it is connected to.

    All of these servers are on loopback: 127.0.0.1 is listed as one that may be asked, and 127.0.0.2 is private.
    """
    border, true = ringback.house.fetcher._border, socket.getaddrinfo
    monkeypatch.setattr(border, "private_allowed", False)
    monkeypatch.setattr(border, "permits", lambda address: address == "127.0.0.1")
    answers = iter(["127.0.0.1"])

    def lies(host: Any, *rest: Any, **more: Any) -> Any:
        return true(next(answers, "127.0.0.2") if host == "moves.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lies)
    assert socket.getaddrinfo("moves.example", 80)[0][4][0] == "127.0.0.1"
    return f"http://moves.example:{customer.port}/"


@pytest.mark.timeout(150)
async def test_bad_servers_harm_nobody_else(
    phone: Phone, customer: CustomerServer, bad: Neighbourhood, new_number: MakeNumber, ringback: Ringback
) -> None:
    assert bad.urls.keys() == CODES.keys()
    numbers = {name: await new_number(url) for name, url in bad.urls.items()}
    good = [await answering(customer, new_number, which) for which in range(CALLS)]
    lasting = [await phone.calls_up(numbers[name]) for name in LASTING]
    for name in LASTING:
        await asyncio.wait_for(bad.asked[name].wait(), 20)
    enough = asyncio.Event()
    others = [asyncio.ensure_future(again_and_again(phone, numbers[name], enough)) for name in (*BRIEF, *OTHERS)]
    for _ in range(ROUNDS):
        await asyncio.gather(*(is_served(phone, number, which) for which, number in enumerate(good)))
    assert not any(call.is_over for call in lasting), "the bad ones that last outlast the good calls"
    enough.set()
    sids = dict(zip((*BRIEF, *OTHERS), await asyncio.gather(*others), strict=True))
    bad.over.set()
    for name, call in zip(LASTING, lasting, strict=True):
        await call.is_refused(500, within=20)
        sids[name] = [call.header("X-RestComm-CallSid", of="180") or ""]
    for name, found in sids.items():
        for sid in found:
            fault = await fault_of(ringback, sid, CODES[name], within=20)
            assert bad.urls[name] in fault.message_text, f"{name}: the fault names the URL"


async def answering(customer: CustomerServer, new_number: MakeNumber, which: int) -> str:
    customer.sound(f"/{which}.wav", spoken(1.0, seed=300 + which))
    return await new_number(customer.answers(f"/app{which}", f"<Response><Play>/{which}.wav</Play></Response>"))


async def is_served(phone: Phone, number: str, which: int) -> None:
    """A call that is answered, hears its prompt whole, and ends."""
    call = await phone.dials(number, within=30)
    await call.hears_whole(f"/{which}.wav", within=30)
    await call.is_hung_up(within=20)


async def again_and_again(phone: Phone, number: str, enough: asyncio.Event) -> list[str]:
    """Calls a bad one, at least once, until it is enough; the SIDs of its calls."""
    sids: list[str] = []
    while not (enough.is_set() and sids):
        call = await phone.calls_up(number)
        await call.is_refused(500, within=40)
        sids.append(call.header("X-RestComm-CallSid", of="180") or "")
    return sids
