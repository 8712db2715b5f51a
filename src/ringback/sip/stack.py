"""The stack: octets come in, transactions and dialogs are found, octets and events go out. No socket, no waiting.

`Stack.receive` takes what a transport received, `Stack.request` begins a request of ours, `Timers.run` lets time pass.
Its `User` is told of what arrives; everything that RFC 3261 refuses before anyone needs to be asked is refused here.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ringback.kernel.chance import random_octets
from ringback.kernel.source import Trusted
from ringback.kernel.source_count import SourceCount
from ringback.sip.admission import Admission, refuse_malformed
from ringback.sip.client_transaction import ClientTransaction, InviteClientTransaction, OtherClientTransaction
from ringback.sip.counters import Counters
from ringback.sip.dialog import Dialog, DialogKey
from ringback.sip.flow import Flow
from ringback.sip.message import BadMessage, Request, Response, parse_message
from ringback.sip.server_transaction import InviteServerTransaction, OtherServerTransaction, ServerTransaction
from ringback.sip.timers import Timers, Times
from ringback.sip.transaction import (
    ACK,
    CALLING,
    PROCEEDING,
    REQUEST,
    TERMINATED,
    TRANSPORT_ERROR,
    TRYING,
    Trace,
    Transaction,
)
from ringback.sip.via import MAGIC, Via

#: requests outside of dialogs that are known at once, at most, answered or not
MOST_TRANSACTIONS = 200_000
#: seconds after which there may be room again
_SOON = 5
#: half-open INVITEs of one source that make it stand back for others in overload
_MANY = 10


class User(Protocol):
    """Who is told of requests outside of dialogs. Each transaction must be answered, now or later."""

    def on_invite(self, transaction: ServerTransaction, request: Request) -> None:
        """A new INVITE; 100 has been sent."""

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        """Any other method that `Admission.methods` allows, but OPTIONS."""


class Stack:
    """One SIP element's transactions and dialogs."""

    def __init__(
        self,
        user: User,
        admission: Admission,
        *,
        now: Callable[[], float],
        times: Times | None = None,
        sooner: Callable[[], None] = lambda: None,
        half_open: SourceCount | None = None,
        overload: Callable[[bool], int] = lambda crowded: 0,
    ) -> None:
        """``half_open``: how many INVITEs may be unanswered or their answers not acknowledged; ``overload``: asked for
        each new one, whose source may have many; the seconds after which its caller may try again, or 0: now."""
        self.user = user
        self.admission = admission
        self.times = times or Times()
        self.timers = Timers(now, sooner)
        self.counters = Counters()
        if half_open is None:
            half_open = SourceCount(MOST_TRANSACTIONS, MOST_TRANSACTIONS, Trusted())
        self.half_open = half_open
        self._overload = overload
        self.dialogs: dict[DialogKey, Dialog] = {}
        self.server_transactions: dict[Any, ServerTransaction] = {}
        self.client_transactions: dict[Any, ClientTransaction] = {}
        #: those of them that went out as datagrams, by the address that they went to
        self._towards: dict[tuple[str, int], set[ClientTransaction]] = {}
        #: requests without a To tag that are being answered: (Call-ID, From tag, CSeq) → their transaction (§8.2.2.2)
        self._initial: dict[Any, Any] = {}

    # ---- what comes in

    def receive(self, octets: bytes, flow: Flow) -> None:
        """One datagram, or one message cut out of a stream. Never raises for what is in it."""
        self.counters.received += 1
        try:
            message = parse_message(octets)
            if isinstance(message, Request):
                self._receive_request(message, flow)
            else:
                self._receive_response(message, flow)
        except BadMessage as bad:
            self.receive_malformed(bad, flow)

    def receive_malformed(self, bad: BadMessage, flow: Flow) -> None:
        """Counts it, and refuses it when it was a request that can be answered."""
        self.counters.add_malformed(flow.host)
        refuse_malformed(bad, flow)

    def _receive_request(self, request: Request, flow: Flow) -> None:
        seen = request.stamp(flow.host, flow.port)
        method = request.method
        key = _server_key(request, seen)
        transaction = self.server_transactions.get(key)
        if transaction is not None:
            trigger = ACK if method == "ACK" else REQUEST
            transaction.receive_again(request.raw, trigger, request)
        elif method == "ACK":
            self._receive_ack(request, flow)
        elif not request.to.tag and (seconds := self._full(method, flow.host)):
            self._turn_away(request, key, flow.reply_flow(seen), seconds)
        else:
            self._begin(request, key, flow, flow.reply_flow(seen))

    def _full(self, method: str, host: str) -> int:
        """The seconds after which there may be room for one more request outside of dialogs; 0: there is."""
        if len(self.server_transactions) >= MOST_TRANSACTIONS:
            return _SOON
        if method != "INVITE":
            return 0
        if not self.half_open.room(host):
            return _SOON
        return self._overload(self.half_open.of(host) >= _MANY)

    def _turn_away(self, request: Request, key: Any, flow: Flow, seconds: int) -> None:
        """503, and nothing is remembered of it: the tag of a copy's answer is the same (§8.2.7)."""
        self.counters.turned_away += 1
        headers = (("Retry-After", str(seconds)), *self.admission.server)
        response = request.response(503, "", headers, to_tag=f"{hash(key) & 0xFFFFFFFFFFFF:x}")
        self.send(response.serialize(), flow, None)

    def _receive_ack(self, ack: Request, flow: Flow) -> None:
        dialog = self.dialogs.get((ack.call_id, ack.to.tag, ack.from_.tag))
        if dialog is None:
            self.counters.dropped += 1
            return
        dialog.owner.traced("in", flow.peer, ack.raw)
        dialog.owner.on_dialog_ack(dialog, ack)

    def _begin(self, request: Request, key: Any, flow: Flow, reply_flow: Flow) -> None:
        """A request that is new to us."""
        self.admission.must_be_whole(request)
        to_tag = request.to.tag
        invite = request.method == "INVITE"
        kind = InviteServerTransaction if invite else OtherServerTransaction
        state = PROCEEDING if invite else TRYING
        transaction = kind(self, key, request, reply_flow, flow.peer, state, to_tag or new_tag())
        self.server_transactions[key] = transaction
        if request.method == "CANCEL":
            self._cancel(transaction, request)
        elif to_tag:
            self._in_dialog(transaction, request)
        else:
            self._outside(transaction, request, flow.host)

    def _hold(self, transaction: ServerTransaction, host: str) -> None:
        """Counts an INVITE as half-open until it is settled."""
        if self.half_open.enter(host):
            transaction.on_settled = lambda: self.half_open.leave(host)

    def _cancel(self, transaction: ServerTransaction, cancel: Request) -> None:
        """CANCEL hits the INVITE with the same topmost Via (§9.2)."""
        invite = self.server_transactions.get((*transaction.key[:-1], "INVITE"))
        if invite is None:
            transaction.reply(481)
            return
        transaction.to_tag = invite.to_tag
        if invite.trace is not None:
            transaction.trace = invite.trace
            invite.trace("in", transaction.source, cancel.raw)
        transaction.reply(200)
        if not invite.answered and invite.owner is not None:
            invite.owner.on_cancel(cancel)

    def _in_dialog(self, transaction: ServerTransaction, request: Request) -> None:
        dialog = self.dialogs.get((request.call_id, request.to.tag, request.from_.tag))
        if dialog is not None:
            transaction.trace = dialog.owner.traced
            transaction.trace("in", transaction.source, request.raw)
        refusal = self.admission.refusal(request)
        if refusal is not None:
            self._refuse(transaction, *refusal)
        elif dialog is None:
            self._refuse(transaction, 481)
        elif not dialog.accepts(request):
            self._refuse(transaction, 500, (), "CSeq Out of Order")
        elif request.method == "OPTIONS":
            transaction.reply(200, headers=self.admission.capabilities)
        else:
            dialog.owner.on_dialog_request(dialog, transaction, request)

    def _outside(self, transaction: ServerTransaction, request: Request, host: str) -> None:
        initial = (request.call_id, request.from_.tag, request.cseq.number, request.method)
        if self._initial.setdefault(initial, transaction.key) != transaction.key:
            self._refuse(transaction, 482, (), "Merged Request")
            return
        transaction.initial = initial
        if request.method == "INVITE":
            self._hold(transaction, host)
        refusal = self.admission.refusal(request) or self.admission.refusal_outside(request)
        if refusal is not None:
            self._refuse(transaction, *refusal)
        elif request.method == "OPTIONS":
            transaction.reply(200, headers=self.admission.capabilities)
        elif request.method == "INVITE":
            self.user.on_invite(transaction, request)
        else:
            self.user.on_request(transaction, request)

    def _refuse(
        self, transaction: ServerTransaction, status: int, headers: Sequence[tuple[str, str]] = (), reason: str = ""
    ) -> None:
        self.counters.refused += 1
        transaction.reply(status, reason, headers)

    def _receive_response(self, response: Response, flow: Flow) -> None:
        """To the transaction with this branch; a response with a second Via was meant for another (§8.1.3.3)."""
        cseq = response.cseq
        transaction = self.client_transactions.get((response.via.branch, cseq.method))
        if transaction is None or transaction.cseq != cseq.number or len(response.vias) > 1:
            self.counters.dropped += 1
            return
        self.admission.must_be_whole(response)
        transaction.receive(response, flow.peer)

    def flow_failed(self, flow: Flow) -> None:
        """A connection broke: what waits for an answer on it has a transport error (§18.4)."""
        for transaction in tuple(self.client_transactions.values()):
            if transaction.flow is flow and transaction.state not in (TERMINATED,):
                transaction.fire(TRANSPORT_ERROR)

    def unreachable(self, host: str, port: int) -> None:
        """Nobody is there, says the network: our requests that nobody has answered yet have a transport error (§18.4).

        One that has had an answer goes on: an ICMP error is easily forged, and the peer was there.
        """
        self.counters.unreachable += 1
        for transaction in tuple(self._towards.get((host, port), ())):
            if transaction.state in (CALLING, TRYING):
                transaction.fire(TRANSPORT_ERROR)

    # ---- what goes out

    def prepare(self, request: Request, flow: Flow) -> bytes:
        """Puts our Via on top, with a new branch, and gives the octets."""
        request.headers.put_first("Via", f"SIP/2.0/{flow.transport} {flow.local};branch={new_branch()};rport")
        return request.serialize()

    def request(
        self, request: Request, octets: bytes, flow: Flow, tell: Callable[[Response], None], trace: Trace | None = None
    ) -> ClientTransaction:
        """Sends a prepared request; ``tell`` hears each response, also a 408 or 503 made here."""
        kind = InviteClientTransaction if request.method == "INVITE" else OtherClientTransaction
        key = (request.via.branch, request.method)
        transaction = kind(self, key, request, flow, tell, trace)
        self.client_transactions[key] = transaction
        if not flow.reliable:
            self._towards.setdefault((flow.host, flow.port), set()).add(transaction)
        transaction.start(octets)
        return transaction

    def cancel(self, invite: ClientTransaction, headers: Sequence[tuple[str, str]] = ()) -> ClientTransaction:
        """Sends the CANCEL of a pending INVITE that has had a provisional response (§9.1)."""
        cancel = Request("CANCEL", invite.request.uri_text)
        cancel.headers.add("Via", invite.request.headers.all("Via")[0])
        for name, value in invite.request.headers:
            if name in ("Route", "Max-Forwards", "From", "To", "Call-ID"):
                cancel.headers.add(name, value)
        cancel.headers.add("CSeq", f"{invite.cseq} CANCEL")
        for name, value in headers:
            cancel.headers.add(name, value)
        return self.request(cancel, cancel.serialize(), invite.flow, lambda response: None, invite.trace)

    def send(self, octets: bytes, flow: Flow, trace: Trace | None) -> None:
        """Sends what belongs to no transaction: the ACK of a 2xx."""
        self.counters.sent += 1
        if trace is not None:
            trace("out", flow.peer, octets)
        if not flow.send(octets):
            self.counters.unsent += 1

    # ---- what is kept

    def forget(self, transaction: Transaction) -> None:
        """A transaction is over."""
        if isinstance(transaction, ServerTransaction):
            self.server_transactions.pop(transaction.key, None)
            transaction.settle()
            if transaction.initial is not None and self._initial.get(transaction.initial) == transaction.key:
                del self._initial[transaction.initial]
        elif isinstance(transaction, ClientTransaction):
            self.client_transactions.pop(transaction.key, None)
            self._forget_way(transaction)

    def _forget_way(self, transaction: ClientTransaction) -> None:
        address = transaction.flow.host, transaction.flow.port
        others = self._towards.get(address)
        if others is not None:
            others.discard(transaction)
            if not others:
                del self._towards[address]

    def add_dialog(self, dialog: Dialog, owner: Any) -> None:
        """Requests inside of ``dialog`` go to ``owner`` from now on."""
        dialog.owner = owner
        self.dialogs[dialog.key] = dialog

    def remove_dialog(self, dialog: Dialog) -> None:
        self.dialogs.pop(dialog.key, None)
        dialog.owner = None


def _server_key(request: Request, via: Via) -> Any:
    """What says that two requests are one (§17.2.3); the way of RFC 2543 for branches without the magic."""
    method = "INVITE" if request.method == "ACK" else request.method
    branch = via.branch
    if branch.startswith(MAGIC) and len(branch) > len(MAGIC):
        return branch, via.host.lower(), via.port, method
    return request.uri_text, request.call_id, request.from_.tag, request.cseq.number, str(via), method


def new_tag() -> str:
    """A tag that nobody can guess (§19.3)."""
    return random_octets(6).hex()


def new_branch() -> str:
    return f"{MAGIC}{random_octets(8).hex()}"
