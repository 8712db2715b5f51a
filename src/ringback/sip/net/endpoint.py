"""The endpoint: the SIP stack on real sockets, UDP and TCP on one port."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from ringback.kernel.clock import Clock, Timer
from ringback.kernel.seldom import Seldom
from ringback.kernel.source import Trusted
from ringback.kernel.source_count import SourceCount
from ringback.kernel.source_rate import SourceRate
from ringback.kernel.tasks import Tasks
from ringback.sip.address import NameAddress
from ringback.sip.admission import Admission
from ringback.sip.client_transaction import local_response
from ringback.sip.counters import Counters
from ringback.sip.digest import Credentials
from ringback.sip.flow import Flow, Hop
from ringback.sip.initial import initial_request
from ringback.sip.message import BadMessage, Request, Response
from ringback.sip.multipart import SDP
from ringback.sip.net.later_stream import LaterStream
from ringback.sip.net.register import Registering
from ringback.sip.net.resolver import Address, Resolver, at_once
from ringback.sip.net.shown import ShownAddress
from ringback.sip.net.sockets import bind_pair
from ringback.sip.net.stream import StreamConnection, StreamLimits, Streams
from ringback.sip.net.udp import UdpSocket
from ringback.sip.outgoing import Outgoing, Reached
from ringback.sip.server_request import ServerRequest
from ringback.sip.server_transaction import ServerTransaction
from ringback.sip.session import ClientCall, HeaderList, ServerCall, SipCall, Trace
from ringback.sip.stack import Stack
from ringback.sip.timers import Times
from ringback.sip.transaction import PROCEEDING, TRYING, TU_GIVES_UP
from ringback.sip.uri import Uri

_log = structlog.get_logger("ringback.sip")

#: timers need not be finer than this, in seconds
GRAIN = 0.02
#: seconds that `Endpoint.close` waits for the answers to its last BYEs
_GOODBYE = 0.5


class Handler(Protocol):
    """Who is told of what arrives outside of dialogs."""

    def on_invite(self, call: ServerCall) -> None:
        """A new INVITE; 100 has been sent."""

    def on_request(self, request: ServerRequest) -> None:
        """REGISTER, MESSAGE …; OPTIONS is answered by the stack, and what is in no `Limits.methods` with 405."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an endpoint takes. ``methods``: those handed to `Handler.on_request`.

    ``messages``: a second from one source, and twice as many at once; 0: no limit. ``half_open``: INVITEs that are not
    answered or whose answer is not acknowledged, in all and, ``half_open_of_one``, from one source. What is said of one
    source does not hold for those ``trusted``.
    """

    methods: Sequence[str] = ("REGISTER", "MESSAGE")
    streams: StreamLimits = field(default_factory=StreamLimits)
    messages: float = 0.0
    half_open: int = 10_000
    half_open_of_one: int = 10_000
    trusted: Trusted = field(default_factory=Trusted)


class Endpoint:
    """One address and port where SIP is spoken."""

    def __init__(self, host: str, port: int, handler: Handler, clock: Clock, user_agent: str, times: Times) -> None:
        """Use `open`."""
        self.host = host
        self.port = port
        self.user_agent = user_agent
        self._handler = handler
        self.clock = clock
        self._tasks = Tasks()
        self._resolver = Resolver()
        self._wake: Timer | None = None
        self._calls: set[SipCall] = set()
        self._registrations: set[Registering] = set()
        self._closed = False
        self._times = times
        self._seldom = Seldom(_log.warning, clock.now)
        self.stack: Stack
        self._shown: ShownAddress
        self._udp: UdpSocket
        self._rate: SourceRate
        self._streams: Streams

    @classmethod
    async def open(
        cls,
        host: str,
        port: int,
        *,
        handler: Handler,
        clock: Clock,
        user_agent: str,
        external_ip: str = "",
        max_message: int = 65_535,
        limits: Limits | None = None,
        times: Times | None = None,
        overload: Callable[[bool], int] = lambda crowded: 0,
    ) -> "Endpoint":
        """Listens on UDP and TCP; port 0: any that is free for both. Raises `SettingError` that names a taken port."""
        limits = limits or Limits()
        udp, tcp = bind_pair(host, port)
        endpoint = cls(host, udp.getsockname()[1], handler, clock, user_agent, times or Times())
        admission = Admission(
            methods=limits.methods, supported=("path",), user_agent=user_agent, max_message=max_message
        )
        endpoint.stack = Stack(
            endpoint,
            admission,
            now=clock.now,
            times=endpoint._times,
            sooner=endpoint._schedule_sooner,
            half_open=SourceCount(limits.half_open, limits.half_open_of_one, limits.trusted),
            overload=overload,
        )
        rate = endpoint._rate = SourceRate(limits.messages, 2 * limits.messages, clock.now, limits.trusted)
        shown = endpoint._shown = ShownAddress(host, endpoint.port, external_ip)
        endpoint._udp = UdpSocket(udp, shown, endpoint.received, endpoint.unreachable, endpoint.may)
        endpoint._streams = Streams(
            endpoint,
            shown,
            clock,
            max_message=max_message,
            limits=limits.streams,
            source_host=udp.getsockname()[0],
            trusted=limits.trusted,
            rate=rate,
        )
        await endpoint._streams.listen(tcp)
        return endpoint

    # ---- what users ask for

    @property
    def counters(self) -> Counters:
        """What has been seen, in numbers."""
        return self.stack.counters

    def waited(self) -> float:
        """The longest that a datagram waited to be read since this was asked last, in seconds."""
        return self._udp.waited.take()

    @property
    def draining(self) -> bool:
        """True: new INVITEs and OPTIONS get 503 and Retry-After."""
        return self.stack.admission.draining

    @draining.setter
    def draining(self, draining: bool) -> None:
        self.stack.admission.draining = draining

    @property
    def calls(self) -> int:
        """How many calls are not over."""
        return len(self._calls)

    def invite(
        self,
        target: Uri,
        *,
        sdp: bytes | None,
        from_: NameAddress,
        to: NameAddress | None = None,
        headers: HeaderList = (),
        credentials: Credentials | None = None,
        route: str | None = None,
        trace: Trace | None = None,
        max_forwards: int = 70,
    ) -> ClientCall:
        """Calls ``target``; at ``route`` ("udp:192.0.2.1:5061", a binding's source) when given, else where it leads.

        ``max_forwards``: for the next leg of a call that came in, one less than there; 0 is refused here with 483.
        """
        request = self._initial("INVITE", target, from_, to, headers, sdp or b"", SDP, max_forwards)
        call = ClientCall(self, request, credentials=credentials, trace=trace)
        self._keep(call)
        if max_forwards <= 0:
            call.fail(local_response(request, 483))
        else:
            call.start(Hop.parse(route) if route else None)
        return call

    async def request(
        self,
        method: str,
        target: Uri,
        *,
        from_: NameAddress,
        to: NameAddress | None = None,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
        credentials: Credentials | None = None,
        route: str | None = None,
        trace: Trace | None = None,
        timeout: float | None = None,
    ) -> Response:
        """The final response; a time-out (64·T1, or sooner with ``timeout``) is a 408 made here, no way there a 503."""
        request = self._initial(method, target, from_, to, headers, body, content_type, 70)
        return await self.exchange(request, credentials=credentials, route=route, trace=trace, timeout=timeout)

    async def exchange(
        self,
        request: Request,
        *,
        credentials: Credentials | None = None,
        route: str | None = None,
        trace: Trace | None = None,
        timeout: float | None = None,
        dress: Callable[[Request, Flow], None] | None = None,
    ) -> Response:
        """Sends a request that is no INVITE; its final response."""
        final: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

        def hear(response: Response) -> None:
            if response.status >= 200 and not final.done():
                final.set_result(response)

        outgoing = Outgoing(self, request, hear, trace=trace, credentials=credentials, dress=dress)
        timer = self.clock.call_later(timeout, lambda: hear(local_response(request, 408))) if timeout else None
        routes = request.routes
        outgoing.start(routes[0].uri if routes else request.uri, hop=Hop.parse(route) if route else None)
        try:
            return await final
        finally:
            if timer is not None:
                timer.cancel()
            _abandon(outgoing)

    async def register(
        self,
        aor: Uri,
        registrar: Uri,
        credentials: Credentials | None = None,
        *,
        expires: int = 3600,
        headers: HeaderList = (),
        trace: Trace | None = None,
    ) -> Registering:
        """Registers ``aor`` there and keeps it registered until `Registering.remove`. Raises `RegistrationRefused`."""
        registering = Registering(self, aor, registrar, credentials, expires=expires, headers=headers, trace=trace)
        await registering.refresh()
        self._registrations.add(registering)
        registering.on_removed = lambda: self._registrations.discard(registering)
        return registering

    async def close(self) -> None:
        """Un-registers, ends the calls that are left, and closes the sockets."""
        if self._closed:
            return
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                await asyncio.gather(*(registering.remove() for registering in tuple(self._registrations)))
        for call in tuple(self._calls):
            call.end()
        await self._say_goodbye()
        if self._wake is not None:
            self._wake.cancel()
        self.stack.timers.clear()
        await self._tasks.close()
        await self._streams.close()
        self._udp.close()

    async def _say_goodbye(self) -> None:
        """Lets the answers to the last requests come in, for a moment."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _GOODBYE
        while self._waiting_for_answers() and loop.time() < until:  # noqa: ASYNC110 (any of many may be the last)
            await asyncio.sleep(GRAIN)

    def _waiting_for_answers(self) -> bool:
        return any(one.state in (TRYING, PROCEEDING) for one in self.stack.client_transactions.values())

    def _initial(
        self,
        method: str,
        target: Uri,
        from_: NameAddress,
        to: NameAddress | None,
        headers: HeaderList,
        body: bytes,
        content_type: str,
        max_forwards: int,
    ) -> Request:
        request = initial_request(
            method,
            target,
            from_=from_,
            to=to,
            admission=self.stack.admission,
            user_agent=self.user_agent,
            headers=headers,
            body=body,
            content_type=content_type,
        )
        if max_forwards != 70:
            request.headers.set("Max-Forwards", str(max_forwards))
        return request

    def _keep(self, call: SipCall) -> None:
        self._calls.add(call)
        call.ended.add_done_callback(lambda _: self._calls.discard(call))

    # ---- what the stack tells

    def on_invite(self, transaction: ServerTransaction, request: Request) -> None:
        call = ServerCall(self, transaction, request)
        self._keep(call)
        try:
            self._handler.on_invite(call)
        except Exception:
            self._defect("the handler of an INVITE failed")
            call.refuse(500)

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        asked = ServerRequest(transaction, request, self.stack.admission)
        try:
            self._handler.on_request(asked)
        except Exception:
            self._defect("the handler of a request failed")
            asked.reply(500)

    # ---- what sessions ask for

    def contact(self, flow: Flow, user: str) -> str:
        return self._shown.contact(flow, user)

    def reach(self, hop: Hop, reached: Reached) -> None:
        addresses = at_once(hop)
        if addresses is not None:
            self._reach_first(addresses, reached)
        else:
            self._tasks.start(self._resolve(hop, reached), f"resolve {hop.host}")

    async def _resolve(self, hop: Hop, reached: Reached) -> None:
        self._reach_first(await self._resolver.resolve(hop), reached)

    def _reach_first(self, addresses: list[Address], reached: Reached) -> None:
        """Flows in order. A stream that comes first is opened now; one that may be needed later, later."""
        if addresses and addresses[0].transport == "tcp":
            self._reach_stream(addresses[0], addresses[1:], reached)
        else:
            reached(self._flows(addresses))

    def _flows(self, addresses: list[Address]) -> list[Flow]:
        flows: list[Flow] = []
        for address in addresses:
            if address.transport == "udp":
                flows.append(self._udp.flow(address.host, address.port))
            elif address.transport == "tcp":
                flows.append(LaterStream(self._streams, address.host, address.port))
        return flows

    def _reach_stream(self, address: Address, rest: list[Address], reached: Reached) -> None:
        def connected(stream: StreamConnection | None) -> None:
            if stream is not None:
                reached([stream, *self._flows(rest)])
            else:
                self._reach_first(rest, reached)

        self._streams.reach(address.host, address.port, connected)

    # ---- what transports tell

    def received(self, data: bytes, flow: Flow) -> None:
        try:
            self.stack.receive(data, flow)
        except Exception:
            self._defect("a received message was not understood by us")

    def received_malformed(self, bad: BadMessage, flow: Flow) -> None:
        self.stack.receive_malformed(bad, flow)

    def may(self, host: str) -> bool:
        """Whether a datagram from there is read at all."""
        if self._rate.take(host):
            return True
        self.stack.counters.unread += 1
        self._seldom.tell("datagrams of a source that sends too many are dropped unread", source=host)
        return False

    def unwelcome(self, host: str) -> None:
        self.stack.counters.unwelcome += 1
        self._seldom.tell("connections are refused: there are too many", source=host)

    def lost(self, flow: Flow) -> None:
        self.stack.flow_failed(flow)

    def unreachable(self, host: str, port: int) -> None:
        """A datagram to there came back."""
        self.stack.unreachable(host, port)

    def _defect(self, what: str) -> None:
        self.stack.counters.defects += 1
        _log.exception(what)

    # ---- time

    def _schedule_sooner(self) -> None:
        """A deadline came before the one that we wait for."""
        wake_at = self.stack.timers.wake_at
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        if wake_at is not None and not self._closed:
            self._wake = self.clock.call_later(max(0.0, wake_at - self.clock.now()), self._tick)

    def _tick(self) -> None:
        try:
            self.stack.timers.run()
        except Exception:
            self._defect("a timer failed")
        wake_at = self.stack.timers.wake_at
        self._wake = None
        if wake_at is not None:
            self._wake = self.clock.call_later(max(GRAIN, wake_at - self.clock.now()), self._tick)


def _abandon(outgoing: Outgoing) -> None:
    """Nobody waits for the answer any more."""
    outgoing.drop()
    transaction = outgoing.transaction
    if transaction is not None and transaction.state in (TRYING, PROCEEDING):
        transaction.fire(TU_GIVES_UP)
