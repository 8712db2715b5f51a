"""Client transactions: RFC 3261 §17.1, with the Accepted state of RFC 6026."""

from collections.abc import Callable
from typing import Any

from ringback.sip.flow import Flow
from ringback.sip.message import Request, Response
from ringback.sip.transaction import (
    ACCEPTED,
    CALLING,
    COMPLETED,
    PROCEEDING,
    R_1XX,
    R_2XX,
    R_300_699,
    TERMINATED,
    TIMER_A,
    TIMER_B,
    TIMER_D,
    TIMER_E,
    TIMER_F,
    TIMER_K,
    TIMER_M,
    TRANSPORT_ERROR,
    TRYING,
    TU_GIVES_UP,
    Layer,
    Table,
    Trace,
    Transaction,
    end,
    send_again,
    stop,
)


class ClientTransaction(Transaction):
    """A request of ours, until its answer has arrived. ``tell`` hears every response, also a 408 or 503 made here."""

    __slots__ = ("ack_octets", "cseq", "fires", "interval", "request", "tell")

    def __init__(
        self,
        layer: Layer,
        key: tuple[Any, ...],
        request: Request,
        flow: Flow,
        tell: Callable[[Response], None],
        trace: Trace | None,
    ) -> None:
        super().__init__(layer, key, flow, CALLING if request.method == "INVITE" else TRYING, trace)
        self.request = request
        self.cseq = request.cseq.number
        self.tell = tell
        self.interval = layer.times.t1
        self.ack_octets = b""
        #: an action may fire in turn
        self.fires = False

    def start(self, octets: bytes) -> None:
        """Sends the request for the first time."""
        self.octets = octets
        times = self.layer.times
        invite = self.state == CALLING
        self.start_timer(times.give_up, TIMER_B if invite else TIMER_F)
        if not self.flow.reliable:
            self.start_timer(times.t1, TIMER_A if invite else TIMER_E)
        self.transmit(octets)

    def fire(self, trigger: str, message: Any = None) -> None:
        """As of any transaction; one that is over lets go of whom it told, who holds it in turn."""
        outer, self.fires = not self.fires, True
        try:
            super().fire(trigger, message)
        finally:
            self.fires = not outer
        if outer and self.state == TERMINATED:
            self.tell = _nobody

    def receive(self, response: Response, source: str) -> None:
        """A response that belongs to this transaction."""
        if self.trace is not None:
            self.trace("in", source, response.raw)
        status = response.status
        self.fire(R_1XX if status < 200 else R_2XX if status < 300 else R_300_699, response)


def _nobody(_: Response) -> None:
    """Hears what comes after the end."""


def tell(transaction: ClientTransaction, response: Response) -> None:
    transaction.tell(response)


def tell_timeout(transaction: ClientTransaction, _: object) -> None:
    transaction.tell(local_response(transaction.request, 408))


def tell_failure(transaction: ClientTransaction, _: object) -> None:
    transaction.tell(local_response(transaction.request, 503))


def local_response(request: Request, status: int, reason: str = "") -> Response:
    """What stands for the answer that never came (§8.1.3.1)."""
    response = request.response(status, reason)
    response.local = True
    return response


def start_a(transaction: ClientTransaction, _: object) -> None:
    """Repeats an INVITE at T1, 2·T1, 4·T1 …"""
    transaction.interval *= 2
    transaction.start_timer(transaction.interval, TIMER_A)


def start_e(transaction: ClientTransaction, _: object) -> None:
    """Repeats any other request ever more slowly, up to T2; at T2 from the first provisional response on."""
    t2 = transaction.layer.times.t2
    transaction.interval = t2 if transaction.state == PROCEEDING else min(2 * transaction.interval, t2)
    transaction.start_timer(transaction.interval, TIMER_E)


def start_d(transaction: ClientTransaction, _: object) -> None:
    if transaction.flow.reliable:
        transaction.fire(TIMER_D)
    else:
        transaction.start_timer(max(transaction.layer.times.linger, transaction.layer.times.give_up), TIMER_D)


def start_k(transaction: ClientTransaction, _: object) -> None:
    if transaction.flow.reliable:
        transaction.fire(TIMER_K)
    else:
        transaction.start_timer(transaction.layer.times.t4, TIMER_K)


def start_m(transaction: ClientTransaction, _: object) -> None:
    transaction.start_timer(transaction.layer.times.give_up, TIMER_M)


def acknowledge(transaction: ClientTransaction, response: Response) -> None:
    """ACKs a final response of 300 and above, in the same transaction (§17.1.1.3); again for each copy of it."""
    if not transaction.ack_octets:
        invite = transaction.request
        ack = Request("ACK", invite.uri_text)
        for name, value in invite.headers:
            if name in ("From", "Call-ID", "Route", "Max-Forwards"):
                ack.headers.add(name, value)
        ack.headers.put_first("Via", invite.headers.all("Via")[0])
        ack.headers.add("To", response.headers.get("To") or "")
        ack.headers.add("CSeq", f"{transaction.cseq} ACK")
        transaction.ack_octets = ack.serialize()
    transaction.transmit(transaction.ack_octets)


#: figure 5 of RFC 3261 with RFC 6026 §7.2
INVITE: Table = {
    (CALLING, TIMER_A): (CALLING, (send_again, start_a)),
    (CALLING, TIMER_B): (TERMINATED, (end, tell_timeout)),
    (CALLING, TRANSPORT_ERROR): (TERMINATED, (end, tell_failure)),
    (CALLING, TU_GIVES_UP): (TERMINATED, (end,)),
    (CALLING, R_1XX): (PROCEEDING, (stop, tell)),
    (CALLING, R_2XX): (ACCEPTED, (stop, start_m, tell)),
    (CALLING, R_300_699): (COMPLETED, (stop, acknowledge, start_d, tell)),
    (PROCEEDING, TRANSPORT_ERROR): (TERMINATED, (end, tell_failure)),
    (PROCEEDING, TU_GIVES_UP): (TERMINATED, (end,)),
    (PROCEEDING, R_1XX): (PROCEEDING, (tell,)),
    (PROCEEDING, R_2XX): (ACCEPTED, (stop, start_m, tell)),
    (PROCEEDING, R_300_699): (COMPLETED, (stop, acknowledge, start_d, tell)),
    (COMPLETED, R_300_699): (COMPLETED, (acknowledge,)),
    (COMPLETED, TRANSPORT_ERROR): (TERMINATED, (end,)),
    (COMPLETED, TIMER_D): (TERMINATED, (end,)),
    (ACCEPTED, R_2XX): (ACCEPTED, (tell,)),
    (ACCEPTED, TIMER_M): (TERMINATED, (end,)),
}

#: figure 6 of RFC 3261
OTHER: Table = {
    (TRYING, TIMER_E): (TRYING, (send_again, start_e)),
    (TRYING, TIMER_F): (TERMINATED, (end, tell_timeout)),
    (TRYING, TRANSPORT_ERROR): (TERMINATED, (end, tell_failure)),
    (TRYING, TU_GIVES_UP): (TERMINATED, (end,)),
    (TRYING, R_1XX): (PROCEEDING, (tell,)),
    (TRYING, R_2XX): (COMPLETED, (stop, start_k, tell)),
    (TRYING, R_300_699): (COMPLETED, (stop, start_k, tell)),
    (PROCEEDING, TIMER_E): (PROCEEDING, (send_again, start_e)),
    (PROCEEDING, TIMER_F): (TERMINATED, (end, tell_timeout)),
    (PROCEEDING, TRANSPORT_ERROR): (TERMINATED, (end, tell_failure)),
    (PROCEEDING, TU_GIVES_UP): (TERMINATED, (end,)),
    (PROCEEDING, R_1XX): (PROCEEDING, (tell,)),
    (PROCEEDING, R_2XX): (COMPLETED, (stop, start_k, tell)),
    (PROCEEDING, R_300_699): (COMPLETED, (stop, start_k, tell)),
    (COMPLETED, R_1XX): (COMPLETED, ()),
    (COMPLETED, R_2XX): (COMPLETED, ()),
    (COMPLETED, R_300_699): (COMPLETED, ()),
    (COMPLETED, TIMER_K): (TERMINATED, (end,)),
}


class InviteClientTransaction(ClientTransaction):
    __slots__ = ()
    table = INVITE


class OtherClientTransaction(ClientTransaction):
    __slots__ = ()
    table = OTHER
