"""Server transactions: RFC 3261 §17.2, with the Accepted state of RFC 6026."""

from collections.abc import Callable
from typing import Any, Protocol

from ringback.sip.flow import Flow
from ringback.sip.message import Request, Response
from ringback.sip.transaction import (
    ACCEPTED,
    ACK,
    COMPLETED,
    CONFIRMED,
    PROCEEDING,
    REQUEST,
    TERMINATED,
    TIMER_G,
    TIMER_H,
    TIMER_I,
    TIMER_J,
    TIMER_L,
    TRANSPORT_ERROR,
    TRYING,
    TU_1XX,
    TU_2XX,
    TU_300_699,
    Layer,
    Table,
    Transaction,
    WrongMoment,
    end,
    send_again,
    stop,
)


class InviteOwner(Protocol):
    """Who answers an INVITE."""

    def on_cancel(self, cancel: Request) -> None:
        """The caller gave up before the final response."""

    def on_ack(self, ack: Request) -> None:
        """The ACK of a 2xx, from a peer that sends it in the INVITE's own transaction."""

    def on_failure(self) -> None:
        """A response could not be sent."""


class ServerTransaction(Transaction):
    """A request that came in, until its answer has arrived for sure. ``request`` is dropped with the final response."""

    __slots__ = ("initial", "interval", "method", "on_settled", "owner", "request", "source", "to_tag")

    def __init__(
        self, layer: Layer, key: tuple[Any, ...], request: Request, flow: Flow, source: str, state: str, to_tag: str
    ) -> None:
        super().__init__(layer, key, flow, state, None)
        self.method = request.method
        self.request: Request | None = request
        self.source = source
        self.to_tag = to_tag
        self.owner: InviteOwner | None = None
        self.interval = 0.0
        #: what tells apart requests that made no dialog yet (set by the stack)
        self.initial: tuple[Any, ...] | None = None
        #: called once, when the final response has been acknowledged, or nobody waits for that any more
        self.on_settled: Callable[[], None] | None = None

    def respond(self, response: Response) -> None:
        """Sends ``response``. Raises `WrongMoment` after another final one (but a 2xx may be sent again)."""
        status = response.status
        self.fire(TU_1XX if status < 200 else TU_2XX if status < 300 else TU_300_699, response)

    def reply(
        self,
        status: int,
        reason: str = "",
        headers: Any = (),
        body: bytes = b"",
    ) -> Response:
        """Makes a response to the request and sends it."""
        if self.request is None:
            raise WrongMoment(f"{status} after the final response")
        response = self.request.response(status, reason, headers, body, to_tag=self.to_tag if status > 100 else "")
        self.respond(response)
        return response

    @property
    def answered(self) -> bool:
        """Whether a final response was sent."""
        return self.state not in (TRYING, PROCEEDING)

    def settle(self) -> None:
        """Nothing of the request is open any more, although copies of it may still come."""
        if self.on_settled is not None:
            on_settled, self.on_settled = self.on_settled, None
            on_settled()

    def receive_again(self, octets: bytes, trigger: str, request: Request) -> None:
        """The same request once more, or the ACK."""
        if self.trace is not None:
            self.trace("in", self.source, octets)
        self.fire(trigger, request)


def send(transaction: ServerTransaction, response: Response) -> None:
    transaction.octets = octets = response.serialize()
    if response.status >= 200:
        transaction.request = None
    transaction.transmit(octets)


def start_g(transaction: ServerTransaction, _: object) -> None:
    """Repeats the final response over UDP, ever more slowly up to T2."""
    if not transaction.flow.reliable:
        times = transaction.layer.times
        transaction.interval = min(2 * transaction.interval, times.t2) if transaction.interval else times.t1
        transaction.start_timer(transaction.interval, TIMER_G)


def start_h(transaction: ServerTransaction, _: object) -> None:
    transaction.start_timer(transaction.layer.times.give_up, TIMER_H)


def start_i(transaction: ServerTransaction, _: object) -> None:
    if transaction.flow.reliable:
        transaction.fire(TIMER_I)
    else:
        transaction.start_timer(transaction.layer.times.t4, TIMER_I)


def start_j(transaction: ServerTransaction, _: object) -> None:
    if transaction.flow.reliable:
        transaction.fire(TIMER_J)
    else:
        transaction.start_timer(transaction.layer.times.give_up, TIMER_J)


def start_l(transaction: ServerTransaction, _: object) -> None:
    transaction.start_timer(transaction.layer.times.give_up, TIMER_L)


def tell_ack(transaction: ServerTransaction, ack: Request) -> None:
    if transaction.owner is not None:
        transaction.owner.on_ack(ack)


def tell_failure(transaction: ServerTransaction, _: object) -> None:
    if transaction.owner is not None:
        transaction.owner.on_failure()


def settle(transaction: ServerTransaction, _: object) -> None:
    transaction.settle()


#: figure 7 of RFC 6026
INVITE: Table = {
    (PROCEEDING, REQUEST): (PROCEEDING, (send_again,)),
    (PROCEEDING, TU_1XX): (PROCEEDING, (send,)),
    (PROCEEDING, TU_2XX): (ACCEPTED, (send, start_l)),
    (PROCEEDING, TU_300_699): (COMPLETED, (send, start_g, start_h)),
    (PROCEEDING, TRANSPORT_ERROR): (TERMINATED, (end, tell_failure)),
    (COMPLETED, REQUEST): (COMPLETED, (send_again,)),
    (COMPLETED, TIMER_G): (COMPLETED, (send_again, start_g)),
    (COMPLETED, TIMER_H): (TERMINATED, (end,)),
    (COMPLETED, ACK): (CONFIRMED, (stop, settle, start_i)),
    (COMPLETED, TRANSPORT_ERROR): (TERMINATED, (end,)),
    (CONFIRMED, REQUEST): (CONFIRMED, ()),
    (CONFIRMED, ACK): (CONFIRMED, ()),
    (CONFIRMED, TIMER_I): (TERMINATED, (end,)),
    (ACCEPTED, REQUEST): (ACCEPTED, ()),
    (ACCEPTED, ACK): (ACCEPTED, (tell_ack,)),
    (ACCEPTED, TU_2XX): (ACCEPTED, (send,)),
    (ACCEPTED, TIMER_L): (TERMINATED, (end,)),
    (ACCEPTED, TRANSPORT_ERROR): (ACCEPTED, (tell_failure,)),
}

#: figure 8 of RFC 3261
OTHER: Table = {
    (TRYING, REQUEST): (TRYING, ()),
    (TRYING, TU_1XX): (PROCEEDING, (send,)),
    (TRYING, TU_2XX): (COMPLETED, (send, start_j)),
    (TRYING, TU_300_699): (COMPLETED, (send, start_j)),
    (PROCEEDING, REQUEST): (PROCEEDING, (send_again,)),
    (PROCEEDING, TU_1XX): (PROCEEDING, (send,)),
    (PROCEEDING, TU_2XX): (COMPLETED, (send, start_j)),
    (PROCEEDING, TU_300_699): (COMPLETED, (send, start_j)),
    (PROCEEDING, TRANSPORT_ERROR): (TERMINATED, (end, tell_failure)),
    (COMPLETED, REQUEST): (COMPLETED, (send_again,)),
    (COMPLETED, TU_2XX): (COMPLETED, ()),
    (COMPLETED, TU_300_699): (COMPLETED, ()),
    (COMPLETED, TIMER_J): (TERMINATED, (end,)),
    (COMPLETED, TRANSPORT_ERROR): (TERMINATED, (end, tell_failure)),
}


class InviteServerTransaction(ServerTransaction):
    __slots__ = ()
    table = INVITE


class OtherServerTransaction(ServerTransaction):
    __slots__ = ()
    table = OTHER
