"""The endpoint on real loopback sockets: UDP, TCP, both loops, both families."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
import uvloop

from ringback.kernel.clock import ManualClock
from ringback.kernel.errors import SettingError
from ringback.sip.digest import Accepted, Authenticator, Credentials, Stale
from ringback.sip.message import Response, parse_message
from ringback.sip.net.endpoint import Endpoint, Limits
from ringback.sip.net.register import RegistrationRefused
from ringback.sip.net.stream import StreamLimits
from ringback.sip.registration import Binding, bind
from ringback.sip.registration import Limits as Expiry
from ringback.sip.session import CallRefused, ServerCall
from ringback.sip.uri import Uri
from tests.sip.people import ANSWER, OFFER, New, Person
from tests.sip.test_refusals import message


async def until(condition: Callable[[], object]) -> None:
    """Lets the loop run until it is so; pytest's time-out is the limit."""
    while not condition():  # noqa: ASYNC110 (what is waited for happens in the kernel)
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("transport", ["", "udp", "tcp"])
async def test_a_whole_call(new: New, transport: str) -> None:
    a, b = await new(), await new()
    heard: list[str] = []
    trace = lambda way, peer, octets: heard.append(f"{way} {peer.partition(':')[0]} {octets.split()[1].decode()}")  # noqa: E731
    out = a.invites(b, transport, trace=trace)
    response = await out.answered()
    assert response.sdp == ANSWER
    assert out.rang.is_set()
    came = b.calls.get_nowait()
    assert came.source.startswith(transport or "udp")
    assert came.offer == OFFER
    out.end()
    assert (await came.ended).cause == "bye"
    kind = transport or "udp"
    await until(lambda: heard[-1] == f"in {kind} 200" and len(heard) == 7)
    assert f"in {kind} 180" in heard
    assert a.endpoint.counters.retransmissions == b.endpoint.counters.retransmissions == 0
    assert a.endpoint.calls == b.endpoint.calls == 0


async def test_over_ipv6(new: New) -> None:
    a, b = await new(host="::1"), await new(host="::1")
    out = a.invites(b)
    await out.answered()
    assert out.dialog is not None
    assert str(out.dialog.target) == f"sip:bob@[::1]:{b.endpoint.port}"
    out.end()
    assert (await b.calls.get_nowait().ended).cause == "bye"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_under_uvloop(transport: str) -> None:
    async def story() -> None:
        a, b = await Person.at(), await Person.at()
        try:
            out = a.invites(b, transport)
            await out.answered()
            out.end()
            assert (await b.calls.get_nowait().ended).cause == "bye"
        finally:
            await a.leaves()
            await b.leaves()

    uvloop.run(story())


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_many_calls_at_once(new: New, transport: str) -> None:
    a, b = await new(), await new()
    calls = [a.invites(b, transport) for _ in range(100)]
    await asyncio.gather(*(call.answered() for call in calls))
    for call in calls:
        call.end()
    await asyncio.gather(*(b.calls.get_nowait().ended for _ in calls))
    assert a.endpoint.counters.malformed == b.endpoint.counters.malformed == 0


async def test_connections_are_used_again(new: New) -> None:
    a, b = await new(), await new()
    for _ in range(3):
        out = a.invites(b, "tcp")
        await out.answered()
        b.calls.get_nowait().end()
        assert (await out.ended).cause == "bye"
    assert len(a.endpoint._streams) == len(b.endpoint._streams) == 1


async def test_after_a_lost_connection_a_new_one_is_opened_to_the_contact(new: New) -> None:
    a, b = await new(), await new()
    out = a.invites(b, "tcp")
    await out.answered()
    came = b.calls.get_nowait()
    for connection in tuple(b.endpoint._streams._connections.values()):
        connection._wire.abort()  # type: ignore[union-attr]
    await until(lambda: not len(a.endpoint._streams) and not len(b.endpoint._streams))
    came.end()
    assert (await out.ended).cause == "bye"
    await until(lambda: not a.endpoint.stack.dialogs and not b.endpoint.stack.dialogs)


async def test_a_response_opens_a_new_connection_too(new: New) -> None:
    """§18.2.2."""
    ringing = asyncio.Event()

    async def waits(call: ServerCall) -> None:
        call.ring()
        await ringing.wait()
        await call.answer(ANSWER)

    a, b = await new(), await new(takes=waits)
    out = a.invites(b, "tcp")
    await out.rang.wait()
    # the calling side takes its call for lost; the called side's answer still finds its way
    for connection in tuple(a.endpoint._streams._connections.values()):
        connection._wire.abort()  # type: ignore[union-attr]
    assert (await out.ended).cause == "connection-lost"
    received = a.endpoint.counters.received
    ringing.set()
    await until(lambda: a.endpoint.counters.received > received)


async def test_nobody_listens_on_tcp(new: New) -> None:
    a = await new()
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        target = Uri.parse(f"sip:x@127.0.0.1:{taken.getsockname()[1]};transport=tcp")
        out = a.endpoint.invite(target, sdp=OFFER, from_=a.me)
        with pytest.raises(CallRefused) as refused:
            await out.answered()
    assert (refused.value.response.status, refused.value.response.local) == (503, True)


async def test_large_requests_go_by_tcp_and_by_udp_when_that_is_refused(new: New) -> None:
    """§18.1.1."""
    a, b = await new(), await new()
    long = [("X-Long", "x" * 2000)]
    out = a.invites(b, headers=long)
    await out.answered()
    assert b.calls.get_nowait().source.startswith("tcp:")
    out.end()
    await out.ended
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.setblocking(False)
        target = Uri.parse(f"sip:x@127.0.0.1:{phone.getsockname()[1]}")
        out = a.endpoint.invite(target, sdp=OFFER, from_=a.me, headers=long)
        octets = await asyncio.get_running_loop().sock_recv(phone, 65535)
        assert parse_message(octets).via.transport == "UDP"
        out.end()


async def test_names_are_resolved(new: New) -> None:
    a, b = await new(), await new()
    target = Uri.parse(f"sip:bob@localhost:{b.endpoint.port}")
    out = a.endpoint.invite(target, sdp=OFFER, from_=a.me)
    await out.answered()
    out.end()
    response = await a.endpoint.request("OPTIONS", Uri.parse("sip:x@no.such.host.invalid:5060"), from_=a.me)
    assert (response.status, response.local) == (503, True)


async def test_an_end_before_the_name_is_known_sends_nothing(new: New) -> None:
    a, b = await new(), await new()
    out = a.endpoint.invite(Uri.parse(f"sip:bob@localhost:{b.endpoint.port}"), sdp=OFFER, from_=a.me)
    out.end()
    assert (await out.ended).cause == "cancelled"
    response = await a.endpoint.request("OPTIONS", Uri.parse(f"sip:localhost:{b.endpoint.port}"), from_=a.me)
    assert response.status == 200
    assert b.calls.empty()


async def test_requests_outside_of_dialogs(new: New) -> None:
    a, b = await new(), await new()
    asking = asyncio.create_task(
        a.endpoint.request("MESSAGE", b.uri(), from_=a.me, body="жук".encode(), content_type="text/plain;charset=utf-8")
    )
    asked = await b.requests.get()
    assert asked.request.body.decode() == "жук"
    asked.reply(202, headers=[("X-Yes", "1")])
    asked.reply(500)
    response = await asking
    assert (response.status, response.headers.get("x-yes")) == (202, "1")
    assert (await a.endpoint.request("PUBLISH", b.uri(), from_=a.me)).status == 405
    response = await a.endpoint.request("OPTIONS", b.uri(), from_=a.me)
    assert "MESSAGE" in (response.headers.get("Allow") or "")


async def test_a_time_out_of_ones_own(new: New) -> None:
    a, b = await new(), await new()
    response = await a.endpoint.request("MESSAGE", b.uri(), from_=a.me, timeout=0.05)
    assert (response.status, response.local) == (408, True)
    assert not a.endpoint.stack.client_transactions


async def test_draining(new: New) -> None:
    a, b = await new(), await new()
    b.endpoint.draining = True
    out = a.invites(b)
    with pytest.raises(CallRefused) as refused:
        await out.answered()
    assert refused.value.response.status == 503
    assert refused.value.response.headers.get("Retry-After")


async def test_max_forwards_used_up_is_483_here(new: New) -> None:
    a, b = await new(), await new()
    out = a.invites(b, max_forwards=0)
    with pytest.raises(CallRefused) as refused:
        await out.answered()
    assert refused.value.response.status == 483
    out = a.invites(b, max_forwards=12)
    await out.answered()
    assert b.calls.get_nowait().request.max_forwards == 12


async def test_the_external_address_is_shown(new: New) -> None:
    a, b = await new(external_ip="203.0.113.7"), await new()
    a.invites(b)
    came = await b.calls.get()
    shown = f"203.0.113.7:{a.endpoint.port}"
    assert came.request.via.sent_by == shown
    assert came.request.contacts[0].uri.host_port == shown


async def test_on_every_address_the_reaching_one_is_shown(new: New) -> None:
    a, b = await new(host="0.0.0.0"), await new()
    a.invites(b)
    assert (await b.calls.get()).request.contacts[0].uri.host == "127.0.0.1"


async def test_a_taken_port_is_named(new: New) -> None:
    a = await new()
    with pytest.raises(SettingError, match=rf"sip\.port = {a.endpoint.port}.*taken"):
        await new(port=a.endpoint.port)
    with pytest.raises(SettingError, match=r"sip\.host"):
        await new(host="198.51.100.1")


async def test_closing_ends_the_calls(new: New) -> None:
    a, b = await new(), await new()
    out = a.invites(b)
    await out.answered()
    await a.endpoint.close()
    assert out.ended.result().cause == "local"
    assert (await b.calls.get_nowait().ended).cause == "bye"
    await a.endpoint.close()


async def test_a_handler_that_fails_answers_500(new: New, capsys: pytest.CaptureFixture[str]) -> None:
    class Broken:
        def on_invite(self, call: ServerCall) -> None:
            raise RuntimeError("broken")

        def on_request(self, request: object) -> None:
            raise RuntimeError("broken")

    a = await new()
    endpoint = await Endpoint.open("127.0.0.1", 0, handler=Broken(), clock=a.endpoint.clock, user_agent="")
    target = Uri.parse(f"sip:x@127.0.0.1:{endpoint.port}")
    with pytest.raises(CallRefused, match="500"):
        await a.endpoint.invite(target, sdp=OFFER, from_=a.me).answered()
    assert (await a.endpoint.request("MESSAGE", target, from_=a.me)).status == 500
    assert endpoint.counters.defects == 2
    await endpoint.close()


async def test_an_idle_endpoint_is_idle(new: New) -> None:
    a, b = await new(), await new()
    assert a.endpoint._wake is None
    out = a.invites(b, "tcp")
    await out.answered()
    assert a.endpoint.stack.timers.wake_at is not None


# ---- octets by hand


class Wire:
    """A TCP connection typed by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, person: Person) -> "Wire":
        return cls(*await asyncio.open_connection("127.0.0.1", person.endpoint.port))

    async def hears(self) -> Response:
        response = parse_message(await self.reader.readuntil(b"\r\n\r\n"))
        assert isinstance(response, Response)
        return response

    async def closes(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


OPTIONS = message("OPTIONS", Via="SIP/2.0/TCP 10.0.0.1;branch=z9hG4bK-t")


async def test_octet_by_octet(new: New) -> None:
    wire = await Wire.to(await new())
    for octet in b"\r\n\r\n" + OPTIONS:
        wire.writer.write(bytes((octet,)))
        await wire.writer.drain()
        await asyncio.sleep(0)
    assert await wire.reader.readexactly(2) == b"\r\n"
    assert (await wire.hears()).status == 200
    await wire.closes()


async def test_two_messages_in_one_segment(new: New) -> None:
    wire = await Wire.to(await new())
    wire.writer.write(OPTIONS + OPTIONS.replace(b"z9hG4bK-t", b"z9hG4bK-u").replace(b"Call-ID: call", b"Call-ID: two"))
    assert (await wire.hears()).call_id == "call"
    assert (await wire.hears()).call_id == "two"
    await wire.closes()


async def test_a_message_too_large_closes_the_connection(new: New) -> None:
    person = await new(max_message=2000)
    wire = await Wire.to(person)
    wire.writer.write(OPTIONS.replace(b"Content-Length: 0", b"Content-Length: 999999"))
    assert (await wire.hears()).status == 513
    assert await wire.reader.read() == b""
    assert person.endpoint.counters.malformed == 1
    await wire.closes()


async def test_rubbish_closes_the_connection(new: New) -> None:
    wire = await Wire.to(await new(max_message=2000))
    wire.writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + b"x" * 3000)
    assert await wire.reader.read() == b""
    await wire.closes()


async def test_connections_are_bounded(new: New) -> None:
    person = await new(limits=Limits(streams=StreamLimits(connections=2)))
    wires = [await Wire.to(person) for _ in range(3)]
    assert await wires[2].reader.read() == b""
    wires[0].writer.write(OPTIONS)
    assert (await wires[0].hears()).status == 200
    for wire in wires:
        await wire.closes()


async def test_silent_connections_are_closed(new: New) -> None:
    clock = ManualClock()
    person = await new(clock=clock, limits=Limits(streams=StreamLimits(message=30, idle=100)))
    silent, talking = await Wire.to(person), await Wire.to(person)
    talking.writer.write(OPTIONS)
    assert (await talking.hears()).status == 200
    clock.advance(31)
    assert await silent.reader.read() == b""
    talking.writer.write(OPTIONS.replace(b"z9hG4bK-t", b"z9hG4bK-u"))
    assert (await talking.hears()).status in (200, 482)
    clock.advance(101)
    assert await talking.reader.read() == b""
    await silent.closes()
    await talking.closes()


async def test_datagrams_that_are_no_sip(new: New) -> None:
    person = await new()
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.setblocking(False)
        loop = asyncio.get_running_loop()
        for octets in (
            b"",
            b"\r\n\r\n",
            b"\0\0\0\0",
            b"x" * 60_000,
            b"INVITE sip:a SIP/2.0\r\n\r\n",
            bytes(range(256)),
        ):
            stranger.sendto(octets, ("127.0.0.1", person.endpoint.port))
        octets = message("OPTIONS", Via="SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bK-o")
        stranger.sendto(octets, ("127.0.0.1", person.endpoint.port))
        via = parse_message(await loop.sock_recv(stranger, 65535)).via
        assert via.param("received") == "127.0.0.1"
        assert person.endpoint.counters.malformed == 4
        assert person.endpoint.counters.malformed_by_source == {"127.0.0.1": 4}


# ---- registering


class Registrar(Person):
    """A registrar for alice with the password 1234."""

    async def opens(self, clock: Any) -> None:
        self.authenticator = Authenticator(b"secret", "ringback", clock)
        self.bindings: list[Binding] = []
        self.clock = clock

    def on_request(self, request: Any) -> None:
        proofs = request.request.authorization
        verdict = self.authenticator.check(proofs[0], "REGISTER", {"alice": "1234"}.get) if proofs else None
        if not isinstance(verdict, Accepted):
            stale = isinstance(verdict, Stale)
            status = 403 if proofs and not stale else 401
            challenge = [("WWW-Authenticate", value) for value in self.authenticator.challenge(stale)]
            request.reply(status, headers=challenge if status == 401 else ())
            return
        verdict_ = bind(request.request, request.source, self.bindings, Expiry(30, 3600), self.clock.utc())
        self.bindings = [old for old in self.bindings if old not in verdict_.deletions]
        self.bindings = [old for old in self.bindings if old.contact not in {new.contact for new in verdict_.upserts}]
        self.bindings += verdict_.upserts
        request.reply(verdict_.status, verdict_.reason, verdict_.headers)


@pytest.fixture
async def registrar() -> AsyncIterator[Registrar]:
    person = await Registrar.at()
    assert isinstance(person, Registrar)
    await person.opens(person.endpoint.clock)
    yield person
    await person.leaves()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_phone_registers_is_called_and_leaves(new: New, registrar: Registrar, transport: str) -> None:
    phone = await new()
    aor = registrar.uri("alice")
    registered = await phone.endpoint.register(
        aor, registrar.uri("", transport), Credentials("alice", "1234"), expires=10
    )
    assert (registered.status, registered.expires, registered.active) == (200, 30, True)
    (binding,) = registrar.bindings
    assert binding.source.startswith(transport)
    call = registrar.endpoint.invite(Uri.parse(binding.contact), sdp=OFFER, from_=registrar.me, route=binding.source)
    await call.answered()
    assert phone.calls.get_nowait().request.uri.user == "alice"
    call.end()
    await registered.refresh()
    assert len(registrar.bindings) == 1
    await registered.remove()
    assert registrar.bindings == []


async def test_a_wrong_password_is_refused(new: New, registrar: Registrar) -> None:
    phone = await new()
    with pytest.raises(RegistrationRefused, match="403"):
        await phone.endpoint.register(registrar.uri("alice"), registrar.uri(""), Credentials("alice", "no"))
    with pytest.raises(RegistrationRefused, match="401"):
        await phone.endpoint.register(registrar.uri("alice"), registrar.uri(""))


async def test_closing_unregisters(new: New, registrar: Registrar) -> None:
    phone = await new()
    await phone.endpoint.register(registrar.uri("alice"), registrar.uri(""), Credentials("alice", "1234"))
    assert registrar.bindings
    await phone.endpoint.close()
    assert not registrar.bindings


async def test_a_registration_is_refreshed_at_half_its_time(new: New, registrar: Registrar) -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    phone = await new(clock=clock)
    await phone.endpoint.register(registrar.uri("alice"), registrar.uri(""), Credentials("alice", "1234"), expires=60)
    first = registrar.bindings[0].cseq
    clock.advance(29)
    await asyncio.sleep(0.02)
    assert registrar.bindings[0].cseq == first
    clock.advance(2)
    await until(lambda: registrar.bindings[0].cseq > first)
