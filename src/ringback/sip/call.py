"""What calls of both directions share: a dialog, requests inside of it, and exactly one ending."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any, Literal, NoReturn

import msgspec

from ringback.kernel.errors import Refusal
from ringback.sip.accepted import UnackedAnswer
from ringback.sip.address import NameAddress
from ringback.sip.dialog import Dialog
from ringback.sip.digest import Credentials
from ringback.sip.flow import Flow, stays_on
from ringback.sip.message import Request, Response
from ringback.sip.multipart import SDP
from ringback.sip.offer import ANSWER_IN, ANSWER_OUT, DROPPED, OFFER_IN, OFFER_OUT, OFFERED, OfferState
from ringback.sip.outgoing import Network, Outgoing, OutgoingAck
from ringback.sip.server_transaction import ServerTransaction
from ringback.sip.transaction import Trace

HeaderList = Sequence[tuple[str, str]]

#: most messages kept for a trace that is set later
_MOST_PASSED = 32


class Ending(msgspec.Struct, frozen=True, gc=False):
    """How a call ended; ``status`` is the SIP status that belongs to it (0: none).

    ``cause``: "bye" (the peer's), "local" (our `SipCall.end`), "cancelled", "refused", "ack-lost", "timeout",
    "connection-lost", "gone" (the peer no longer knows the dialog).
    """

    cause: str
    by_remote: bool
    status: int = 0
    reason: str = ""
    message: Request | Response | None = None


class CallRefused(Refusal):
    """The other side answered with a final response that is no 2xx (a local 408 or 503 included)."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status} {response.reason}", sip_status=response.status)
        self.response = response


class CallEnded(Refusal):
    """The call was over before what was asked for could happen."""

    sip_status = 487

    def __init__(self, ending: Ending) -> None:
        super().__init__(f"the call is over: {ending.cause}")
        self.ending = ending


class SipCall:
    """One call. ``ended`` resolves exactly once, whatever happens."""

    def __init__(self, network: Network, request: Request, trace: Trace | None) -> None:
        self._network = network
        self._stack = network.stack
        self.request = request
        self.call_id = request.call_id
        self.ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self.dialog: Dialog | None = None
        #: a re-INVITE's or UPDATE's offer → our answer; raises `Refusal` to refuse it
        self.on_offer: Callable[[bytes], bytes] | None = None
        #: our offer, for a re-INVITE without one
        self.on_offer_wanted: Callable[[], bytes] | None = None
        #: the answer to it
        self.on_answer: Callable[[bytes], None] | None = None
        #: an INFO; it is answered 200
        self.on_info: Callable[[Request], None] | None = None
        self._credentials: Credentials | None = None
        self._trace = trace
        self._passed: list[tuple[Literal["in", "out"], str, bytes]] | None = [] if trace is None else None
        self._flow: Flow | None = None
        self._contact_user = ""
        self._offers = OfferState()
        self._unacked: UnackedAnswer | None = None
        self._inviting = False
        #: requests of ours that somebody waits for
        self._awaited: set[asyncio.Future[Response]] = set()

    @property
    def local(self) -> NameAddress:
        """Our side's address."""
        raise NotImplementedError

    @property
    def remote(self) -> NameAddress:
        """The other side's address."""
        raise NotImplementedError

    # ---- trace

    @property
    def trace(self) -> Trace | None:
        """Hears each message of the call; what passed before it is set is told at once."""
        return self._trace

    @trace.setter
    def trace(self, trace: Trace | None) -> None:
        self._trace = trace
        if trace is not None and self._passed:
            for passed in self._passed:
                trace(*passed)
        self._passed = None

    def traced(self, way: Literal["in", "out"], peer: str, octets: bytes) -> None:
        """A message of this call passes."""
        if self._trace is not None:
            self._trace(way, peer, octets)
        elif self._passed is not None and len(self._passed) < _MOST_PASSED:
            self._passed.append((way, peer, octets))

    # ---- ending

    @property
    def over(self) -> bool:
        return self.ended.done()

    def end(self, status: int = 0, reason: str = "", headers: HeaderList = ()) -> None:
        """Ends the call with what is right in its state: a final response, CANCEL (as soon as a 1xx came) or BYE.

        ``status`` and ``reason`` are those of a final response. Never raises; again: nothing.
        """
        raise NotImplementedError

    def _finish(self, ending: Ending) -> None:
        if not self.ended.done():
            self.ended.set_result(ending)
        for final in self._awaited:
            if not final.done():
                final.set_result(Response(481, local=True))
        self._awaited.clear()

    def _await_final(self) -> asyncio.Future[Response]:
        """A final response that somebody waits for: 481 as soon as the call is over."""
        final: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._awaited.add(final)
        final.add_done_callback(self._awaited.discard)
        return final

    def _forget(self) -> None:
        """The dialog is over, for requests of the peer too."""
        if self._unacked is not None:
            self._unacked.stop()
            self._unacked = None
        if self.dialog is not None:
            self._stack.remove_dialog(self.dialog)

    def _let_go(self, transaction: ServerTransaction) -> None:
        """A transaction that outlives the call, for what is sent again, keeps nothing of it but its trace."""
        if self._trace is not None or self._passed is None:
            transaction.owner, transaction.trace = None, self._trace

    def _bye(self, headers: HeaderList = ()) -> None:
        """Sends BYE; the dialog is kept until it is answered, so that a crossing BYE finds it."""
        if self.dialog is None:
            return
        if self._unacked is not None:
            self._unacked.stop()
            self._unacked = None
        self._send(self.dialog.request("BYE", headers), lambda response: self._bye_answered(response))

    def _bye_answered(self, response: Response) -> None:
        if response.status >= 200:
            self._forget()

    def _must_live(self) -> Dialog:
        if self.ended.done():
            raise CallEnded(self.ended.result())
        if self.dialog is None:
            raise CallEnded(Ending("not answered yet", False))
        return self.dialog

    # ---- requests of ours

    def _send(
        self,
        request: Request,
        tell: Callable[[Response], None],
        dress: Callable[[Request, Flow], None] | None = None,
    ) -> Outgoing:
        dialog = self.dialog
        assert dialog is not None
        outgoing = Outgoing(
            self._network,
            request,
            tell,
            trace=self.traced,
            dress=dress,
            credentials=self._credentials,
            next_cseq=lambda: _next_cseq(dialog),
        )
        start_in_dialog(outgoing, dialog, self._flow)
        return outgoing

    async def request_inside(
        self, method: str, headers: HeaderList = (), body: bytes = b"", content_type: str = ""
    ) -> Response:
        """Sends INFO, OPTIONS … inside of the dialog; the final response. Raises `CallEnded`."""
        dialog = self._must_live()
        final = self._await_final()

        def hear(response: Response) -> None:
            if response.status >= 200 and not final.done():
                final.set_result(response)
                self._judge(response)

        self._send(dialog.request(method, headers, body, content_type), hear)
        return await final

    def _judge(self, response: Response) -> None:
        """A peer that does not answer, or does not know the dialog any more, has ended it (§12.2.1.2)."""
        if response.status not in (408, 481) and not response.local:
            return
        lost = "connection-lost" if response.status == 503 else "timeout" if response.status == 408 else "gone"
        if not self.over:
            self._finish(Ending(lost, not response.local, response.status, response.reason, response))
            self._bye()

    async def reinvite(self, sdp: bytes) -> bytes:
        """Offers ``sdp`` in the running call; the peer's answer. Waits and tries again after glare (§14.1).

        Raises `CallRefused` (the call goes on as before) and `CallEnded`.
        """
        for _ in range(3):
            response = await self._reinvite_once(sdp)
            if response.status != 491:
                break
            await self._sleep(random.uniform(2.1, 4.0) if self._owns_call_id else random.uniform(0.0, 2.0))
        if response.status >= 300 or response.sdp is None:
            raise CallRefused(response)
        return response.sdp

    #: whether the Call-ID is ours: it decides who waits longer after glare
    _owns_call_id = False

    async def _reinvite_once(self, sdp: bytes) -> Response:
        dialog = self._must_live()
        if self._unacked is not None or self._inviting or not self._offers.happens(OFFER_OUT):
            return Response(491, local=True)
        self._inviting = True
        final = self._await_final()
        request = dialog.request("INVITE", (), sdp, SDP)
        acks: list[OutgoingAck] = []

        def hear(response: Response) -> None:
            if response.status < 200:
                return
            if response.status < 300:
                self._acknowledge_again(acks, dialog, response)
            if not final.done():
                final.set_result(response)
                self._reinvite_answered(response)

        self._send(request, hear, self._put_contact)
        return await final

    def _acknowledge_again(self, acks: list[OutgoingAck], dialog: Dialog, response: Response) -> None:
        if acks:
            acks[0].again(self.traced)
        else:
            acks.append(self._acknowledge(dialog, response))

    def _reinvite_answered(self, response: Response) -> None:
        self._inviting = False
        if response.status >= 300:
            self._offers.happens(DROPPED)
            self._judge(response)
        else:
            self._offers.happens(ANSWER_IN)
            if self.dialog is not None:
                self.dialog.refresh(response)

    def _acknowledge(self, dialog: Dialog, response: Response, sdp: bytes = b"") -> OutgoingAck:
        """ACKs a 2xx (§13.2.2.4)."""
        request = dialog.request("ACK", (), sdp, SDP, cseq=response.cseq.number)
        ack = OutgoingAck(self._network, request, self.traced)
        start_in_dialog(ack, dialog, self._flow)
        return ack

    async def _sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stack.timers.start(seconds, lambda: None if woken.done() else woken.set_result(None))
        await woken

    def _put_contact(self, request: Request, flow: Flow) -> None:
        request.headers.set("Contact", self._network.contact(flow, self._contact_user))

    # ---- requests of the peer

    def on_dialog_request(self, dialog: Dialog, transaction: ServerTransaction, request: Request) -> None:
        """Any request in the dialog but ACK and OPTIONS."""
        self._flow = transaction.flow
        if request.method == "BYE":
            self._bye_arrived(transaction, request)
        elif self.over:
            transaction.reply(481)
        elif request.method == "INVITE":
            self._invited_again(dialog, transaction, request)
        elif request.method == "UPDATE":
            self._updated(dialog, transaction, request)
        elif request.method == "INFO":
            self._informed(transaction, request)
        else:
            transaction.reply(405, headers=self._stack.admission.allow)

    def _bye_arrived(self, transaction: ServerTransaction, request: Request) -> None:
        transaction.reply(200)
        self._forget()
        self._let_go(transaction)
        self._finish(Ending("bye", True, 0, "", request))

    def _informed(self, transaction: ServerTransaction, request: Request) -> None:
        if self.on_info is None:
            transaction.reply(415, headers=(("Accept", ""),))
            return
        transaction.reply(200)
        self.on_info(request)

    def _invited_again(self, dialog: Dialog, transaction: ServerTransaction, request: Request) -> None:
        if self._inviting:
            transaction.reply(491)
        elif not self._may_be_invited():
            transaction.reply(500, headers=(("Retry-After", str(random.randint(0, 10))),))
        elif request.sdp is not None:
            self._take_offer(dialog, transaction, request, request.sdp)
        else:
            self._give_offer(dialog, transaction, request)

    def _may_be_invited(self) -> bool:
        """Whether the INVITE before has had its final response, and owes no answer (§14.2)."""
        return self._unacked is None or not self._unacked.offered

    def _updated(self, dialog: Dialog, transaction: ServerTransaction, request: Request) -> None:
        if request.sdp is None:
            dialog.refresh(request)
            transaction.reply(200, headers=[self._contact_on(transaction.flow)])
        else:
            self._take_offer(dialog, transaction, request, request.sdp)

    def _take_offer(self, dialog: Dialog, transaction: ServerTransaction, request: Request, offer: bytes) -> None:
        """Answers an offer, or says why not (RFC 3261 §14.2, RFC 3311 §5.2)."""
        if not self._offers.happens(OFFER_IN):
            if self._offers.state == OFFERED:
                transaction.reply(491)
            else:
                transaction.reply(500, headers=(("Retry-After", str(random.randint(0, 10))),))
            return
        try:
            answer = self.on_offer(offer) if self.on_offer is not None else _not_acceptable()
        except Refusal as refusal:
            self._offers.happens(DROPPED)
            transaction.reply(refusal.sip_status or 488, headers=_warning(refusal))
            return
        self._offers.happens(ANSWER_OUT)
        self._accept_again(dialog, transaction, request, answer, offered=False)

    def _give_offer(self, dialog: Dialog, transaction: ServerTransaction, request: Request) -> None:
        try:
            offer = self.on_offer_wanted() if self.on_offer_wanted is not None else _not_acceptable()
        except Refusal as refusal:
            transaction.reply(refusal.sip_status or 488, headers=_warning(refusal))
            return
        self._offers.happens(OFFER_OUT)
        self._accept_again(dialog, transaction, request, offer, offered=True)

    def _accept_again(
        self, dialog: Dialog, transaction: ServerTransaction, request: Request, sdp: bytes, *, offered: bool
    ) -> None:
        """The 200 of a re-INVITE or UPDATE."""
        dialog.refresh(request)
        headers = [self._contact_on(transaction.flow), *self._stack.admission.allow, ("Content-Type", SDP)]
        transaction.reply(200, "", headers, sdp)
        if request.method == "INVITE":
            if self._unacked is not None:
                self._unacked.stop()
                self._acknowledged(None)
            self._unacked = UnackedAnswer(transaction, request.cseq.number, self._ack_lost, offered=offered)

    def _contact_on(self, flow: Flow) -> tuple[str, str]:
        return "Contact", self._network.contact(flow, self._contact_user)

    def on_dialog_ack(self, dialog: Dialog, ack: Request) -> None:
        """The ACK of a 2xx."""
        unacked = self._unacked
        if unacked is None or ack.cseq.number != unacked.cseq:
            return
        unacked.stop()
        self._unacked = None
        sdp = ack.sdp
        if unacked.offered:
            self._offers.happens(ANSWER_IN)
        self._acknowledged(ack)
        if unacked.offered and sdp is not None and self.on_answer is not None:
            self._answer_arrived(sdp)

    def _answer_arrived(self, sdp: bytes) -> None:
        """An answer that cannot be used ends the call: there is nothing left to answer it with (§13.2.2.4)."""
        assert self.on_answer is not None
        try:
            self.on_answer(sdp)
        except Refusal as refusal:
            self._finish(Ending("refused", False, refusal.sip_status or 488, refusal.message))
            self._bye()

    def _acknowledged(self, ack: Request | None) -> None:
        """The 2xx has arrived for sure."""

    def _ack_lost(self) -> None:
        """No ACK for 64·T1: the call is ended with BYE (§13.3.1.4)."""
        self._unacked = None
        self._finish(Ending("ack-lost", True))
        self._bye()


def start_in_dialog(outgoing: Outgoing, dialog: Dialog, flow: Flow | None) -> None:
    """Sends the way the dialog's last message came, when that is right; else to its route or target."""
    uri = dialog.next_hop
    outgoing.start(uri, flow if stays_on(flow, uri, bool(dialog.routes)) else None)


def _next_cseq(dialog: Dialog) -> int:
    dialog.local_cseq += 1
    return dialog.local_cseq


def _not_acceptable() -> NoReturn:
    raise Refusal("this call takes no other session description", sip_status=488)


def _warning(refusal: Refusal) -> list[tuple[str, Any]]:
    text = refusal.message.replace("\\", "").replace('"', "'")
    return [("Warning", f'399 ringback "{text}"')] if text else []
