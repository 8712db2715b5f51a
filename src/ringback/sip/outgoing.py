"""One request on its way out: finds a flow, leaves UDP when it is too large, answers a challenge (RFC 3261 §18.1)."""

from collections.abc import Callable, Sequence
from typing import Protocol

from ringback.sip.client_transaction import ClientTransaction, local_response
from ringback.sip.digest import Credentials
from ringback.sip.flow import Flow, Hop
from ringback.sip.message import Request, Response
from ringback.sip.proof import again, is_stale, with_proof
from ringback.sip.stack import Stack
from ringback.sip.transaction import Trace
from ringback.sip.uri import BadUri, Uri

#: octets above which a request leaves UDP
MOST_IN_A_DATAGRAM = 1300

Reached = Callable[[Sequence[Flow]], None]


class Network(Protocol):
    """How sessions get at the world."""

    stack: Stack

    def reach(self, hop: Hop, reached: Reached) -> None:
        """Calls ``reached``, now or later, with the flows to ``hop`` in the order to try them; none: not reached."""

    def contact(self, flow: Flow, user: str) -> str:
        """The Contact that ``flow``'s peer should use for us."""


class Outgoing:
    """A request until its final response, kept alive by its transaction: who waits for a response need not hold it.

    ``dress`` may still change it once its flow is known, before it is sent.

    When one address does not answer, or with 503, the next is tried (RFC 3263 §4.3), in a transaction of its own.
    A challenge is answered once with ``credentials`` (§22.2), and once more when it says that only the nonce was old;
    ``next_cseq`` gives the number of that request.
    """

    def __init__(
        self,
        network: Network,
        request: Request,
        tell: Callable[[Response], None],
        *,
        trace: Trace | None = None,
        dress: Callable[[Request, Flow], None] | None = None,
        credentials: Credentials | None = None,
        next_cseq: Callable[[], int] | None = None,
    ) -> None:
        self._network = network
        self._stack = network.stack
        self.request = request
        self._tell = tell
        self._trace = trace
        self._dress = dress
        self._credentials = credentials
        self._next_cseq = next_cseq
        self._proofs = 0
        self._flows: list[Flow] = []
        self._dropped = False
        self.transaction: ClientTransaction | None = None

    def start(self, uri: Uri | None, flow: Flow | None = None, hop: Hop | None = None) -> None:
        """Sends over ``flow`` when there is one, else to ``hop``, else to where ``uri`` leads."""
        if flow is not None:
            self._reached([flow])
            return
        try:
            if hop is None and uri is not None:
                hop = Hop.of(uri)
        except BadUri:
            hop = None
        if hop is None:
            self._reached([])
        else:
            self._network.reach(hop, self._reached)

    def drop(self) -> None:
        """Not sent at all, when it is not yet on its way."""
        self._dropped = True

    def _reached(self, flows: Sequence[Flow]) -> None:
        if self._dropped:
            return
        self._flows = list(flows)
        if flows:
            self._try_next()
        else:
            self._tell(local_response(self.request, 503))

    def _try_next(self) -> None:
        self.transaction = None
        flow = self._flows.pop(0)
        octets = self._prepare(flow)
        if flow.reliable or len(octets) <= MOST_IN_A_DATAGRAM:
            self._send(octets, flow)
        else:
            self._network.reach(Hop(flow.host, flow.port, "tcp"), lambda streams: self._send_large(flow, streams))

    def _send_large(self, datagram: Flow, streams: Sequence[Flow]) -> None:
        """A peer that takes no connection gets the large datagram after all."""
        if self._dropped:
            return
        flow = streams[0] if streams else datagram
        self._send(self._prepare(flow), flow)

    def _prepare(self, flow: Flow) -> bytes:
        request = self.request
        if "Via" in request.headers:
            request = self.request = again(request)
        if self._dress is not None:
            self._dress(request, flow)
        return self._stack.prepare(request, flow)

    def _send(self, octets: bytes, flow: Flow) -> None:
        self.transaction = self._stack.request(self.request, octets, flow, self._hear, self._trace)

    def _hear(self, response: Response) -> None:
        if (response.local or response.status == 503) and self._flows and not self._dropped:
            self._try_next()
        elif response.status in (401, 407) and not self._dropped and self._prove(response):
            return
        else:
            self._tell(response)

    def _prove(self, response: Response) -> bool:
        """Sends the request again with an answer to the challenge, over the same flow; False when there is none."""
        if self._credentials is None or self.transaction is None or self._proofs > 1:
            return False
        if self._proofs == 1 and not is_stale(response):
            return False
        next_cseq = self._next_cseq or (lambda: self.request.cseq.number + 1)
        proven = with_proof(self.request, response, self._credentials, next_cseq)
        if proven is None:
            return False
        self._proofs += 1
        self.request = proven
        flow = self.transaction.flow
        self._send(self._prepare(flow), flow)
        return True


class OutgoingAck(Outgoing):
    """The ACK of a 2xx: a request without a transaction, sent again for each copy of the 2xx (§13.2.2.4).

    A call keeps it, so it lets go of the call's trace when it has been sent.
    """

    _sent: tuple[bytes, Flow] | None = None

    def __init__(self, network: Network, request: Request, trace: Trace | None) -> None:
        super().__init__(network, request, _nobody, trace=trace)

    def _send(self, octets: bytes, flow: Flow) -> None:
        self._sent = octets, flow
        trace, self._trace = self._trace, None
        self.again(trace)

    def again(self, trace: Trace | None) -> None:
        """Sends it once more, if it was sent at all."""
        if self._sent is not None:
            self._stack.send(*self._sent, trace)


def _nobody(_: Response) -> None:
    """Nobody answers an ACK."""
