"""A call between two stacks whose packets are lost, doubled, held back or changed: it ends, and nothing is left."""

import asyncio
from functools import cache

from ringback.sip.session import CallEnded, CallRefused, ClientCall, ServerCall
from tests.fuzz.octets import Octets, piece
from tests.fuzz.target import Target
from tests.sip.wire import ANSWER, OFFER, Packet, Wire

_LOST, _DOUBLED, _HELD, _CHANGED = 0x80, 0xA0, 0xB0, 0xC0
#: packets whose fate the input tells; what is sent after them arrives
_MOST = 40


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def _take(octets: bytes) -> None:
    _loop().run_until_complete(_live(Octets(octets)))


class _Fate:
    """What becomes of each packet, by the input."""

    def __init__(self, given: Octets) -> None:
        self._given = given
        self._held: list[Packet] = []
        self._count = 0

    def __call__(self, packet: Packet) -> list[Packet]:
        self._count += 1
        what = self._given.number() if self._count <= _MOST else 0
        before, self._held = self._held, []
        if what < _LOST:
            return [packet, *before]
        if what < _DOUBLED:
            return before
        if what < _HELD:
            return [packet, packet, *before]
        if what < _CHANGED:
            self._held = [packet]
            return before
        return [self._changed(packet), *before]

    def _changed(self, packet: Packet) -> Packet:
        at, gone, new = self._given.number(2) % (len(packet.octets) + 1), self._given.number(), self._given.piece()
        octets = packet.octets[:at] + new + packet.octets[at + gone :]
        return Packet(packet.source, packet.target, octets, packet.reliable)


async def _live(given: Octets) -> None:
    wire = Wire()
    a, b = wire.node("10.0.0.1"), wire.node("10.0.0.2")
    wire.fate = _Fate(given)
    out = a.invites("sip:bob@10.0.0.2", sdp=OFFER if given.number() < 200 else None)
    await wire.passes(2, step=0.5)
    tasks = [asyncio.ensure_future(_answer(call)) for call in b.calls[:1]]
    await wire.passes(2, step=0.5)
    tasks.append(asyncio.ensure_future(_go_on(out)))
    await wire.passes(2, step=0.5)
    for call in (out, *b.calls, *a.calls):
        call.end()
    for request in (*a.requests, *b.requests):
        request.reply(200)
    await wire.passes(120, step=4)
    for call in b.calls:
        call.end()
    await wire.passes(80, step=8)
    assert all(task.done() for task in tasks)
    await asyncio.gather(*tasks)
    assert a.quiet
    assert b.quiet
    assert out.ended.done()


async def _answer(call: ServerCall) -> None:
    call.ring()
    try:
        await call.answer(ANSWER)
    except CallEnded:
        pass


async def _go_on(call: ClientCall) -> None:
    """Once it is answered, it asks for another sound."""
    try:
        await call.answered()
        await call.reinvite(OFFER)
    except (CallEnded, CallRefused):
        pass


def _change(at: int, gone: int, new: bytes) -> bytes:
    return bytes((_CHANGED,)) + at.to_bytes(2, "big") + bytes((gone,)) + piece(new)


TARGET = Target(
    _take,
    lambda: (
        b"",
        b"\0" + bytes((_LOST,)) * 3 + bytes(4) + bytes((_LOST, _DOUBLED, _HELD)) * 6,
        b"\xff" + bytes((0, _HELD, _DOUBLED)) * 8,
        b"\0\0" + _change(8, 3, b"486") + bytes(9) + _change(60, 20, b"z9hG4bK") + bytes(4),
        b"\0\0\0\0" + _change(90, 0, b"\r\nRequire: x") + _change(0, 40, b"SIP/2.0 200 OK"),
        b"\0\0\0\0"
        + _change(90, 0, b"\r\nRecord-Route: <sip:p;lr>, <sip:10.0.0.9>")
        + _change(200, 30, b"\r\nTo: x;tag=y"),
    ),
    (
        b"\r\nRequire: ",
        b"\r\nContact: ",
        b";tag=",
        b"SIP/2.0 491 x",
        b"SIP/2.0 302 x",
        b"BYE",
        b"CANCEL",
        b"UPDATE",
        b"INVITE",
    ),
    700,
    dear=10,
)
