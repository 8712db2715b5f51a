"""A call that we make: forks, challenges, CANCEL, and the answer that crosses it (RFC 3261 §13.2, §9.1)."""

import asyncio

from ringback.kernel.errors import Refusal
from ringback.kernel.tasks import until
from ringback.sip.address import NameAddress
from ringback.sip.call import CallRefused, Ending, HeaderList, SipCall, start_in_dialog
from ringback.sip.client_transaction import ClientTransaction, local_response
from ringback.sip.dialog import Dialog
from ringback.sip.digest import Credentials
from ringback.sip.flow import Flow, Hop
from ringback.sip.message import Request, Response
from ringback.sip.offer import ANSWER_IN, ANSWER_OUT, DROPPED, OFFER_IN, OFFER_OUT
from ringback.sip.outgoing import Network, Outgoing, OutgoingAck
from ringback.sip.server_transaction import ServerTransaction
from ringback.sip.transaction import CALLING, PROCEEDING, TU_GIVES_UP, Trace

#: forks that are followed, and provisional responses that are kept
_MOST_FORKS, _MOST_PROGRESS = 32, 100


class ClientCall(SipCall):
    """A call that we make. ``rang`` is set by the first 180 or 183, ``progress`` holds each 1xx but 100."""

    _owns_call_id = True

    def __init__(
        self, network: Network, request: Request, *, credentials: Credentials | None = None, trace: Trace | None = None
    ) -> None:
        super().__init__(network, request, trace)
        self._credentials = credentials
        self.rang = asyncio.Event()
        self.progress: asyncio.Queue[Response] = asyncio.Queue(_MOST_PROGRESS)
        self._final: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._contact_user = request.from_.uri.user
        self._early: dict[str, Dialog] = {}
        self._forks: dict[str, OutgoingAck] = {}
        self._cancel: HeaderList | None = None
        self._cancelled = False
        self._provisional = False
        if request.body:
            self._offers.happens(OFFER_OUT)
        #: the INVITE, until its final response; then its transaction alone holds it: nothing lies in a circle
        self._outgoing: Outgoing | None = Outgoing(
            network, request, self._hear, trace=self.traced, dress=self._put_contact, credentials=credentials
        )

    def start(self, hop: Hop | None = None, flow: Flow | None = None) -> None:
        """Sends the INVITE to ``hop``, else to where its Route or its target leads."""
        routes = self.request.routes
        if self._outgoing is not None:  # else it is over already
            self._outgoing.start(routes[0].uri if routes else self.request.uri, flow, hop)

    @property
    def local(self) -> NameAddress:
        return self.request.from_

    @property
    def remote(self) -> NameAddress:
        return NameAddress.parse(self.dialog.remote_text) if self.dialog is not None else self.request.to

    async def answered(self) -> Response:
        """The 2xx, already ACKed. Raises `CallRefused` with any other final response.

        That is a 408 or 503 made here when nothing was heard, and a 487 made here after `end`.
        """
        response = await until(self._final)
        if response.status >= 300:
            raise CallRefused(response)
        return response

    def end(self, status: int = 0, reason: str = "", headers: HeaderList = ()) -> None:
        if self.over:
            return
        if self.dialog is not None:
            self._bye(headers)
            self._finish(Ending("local", False))
            return
        self._cancel = headers
        if self._transaction is None:
            self._drop()
        elif self._provisional:
            self._send_cancel()
        self._conclude(local_response(self.request, 487), Ending("cancelled", False, 487))

    def fail(self, response: Response) -> None:
        """Refused here, before anything was sent."""
        self._drop()
        self._conclude(response, Ending("refused", False, response.status, response.reason, response))

    @property
    def _transaction(self) -> ClientTransaction | None:
        """The INVITE's, when it is on its way and has no final response."""
        return self._outgoing.transaction if self._outgoing is not None else None

    def _drop(self) -> None:
        """The INVITE is not sent any more."""
        if self._outgoing is not None:
            self._outgoing.drop()
            self._outgoing = None

    def _send_cancel(self) -> None:
        """CANCEL; an INVITE that is not answered even so is given up after 64·T1 (§9.1)."""
        transaction = self._transaction
        if self._cancelled or transaction is None or self._cancel is None or transaction.state != PROCEEDING:
            return
        self._cancelled = True
        self._stack.cancel(transaction, self._cancel)
        self._stack.timers.start(self._stack.times.give_up, self._give_up)

    def _give_up(self) -> None:
        transaction = self._transaction
        if transaction is not None and transaction.state in (CALLING, PROCEEDING):
            transaction.fire(TU_GIVES_UP)
        self._outgoing = None
        self._forget()

    # ---- responses

    def _hear(self, response: Response) -> None:
        if self._outgoing is not None:
            self.request = self._outgoing.request
        if self._transaction is not None:
            self._flow = self._transaction.flow
        if response.status >= 200:
            self._outgoing = None
        if response.status < 200:
            self._progressed(response)
        elif response.status < 300:
            self._accepted(response)
        else:
            self._refused(response)

    def _progressed(self, response: Response) -> None:
        self._provisional = True
        if self._cancel is not None:
            self._send_cancel()
        if response.status == 100 or self.over or self.dialog is not None:
            return
        tag = response.to.tag
        if self.progress.full():
            return
        if tag and tag not in self._early and len(self._early) < _MOST_FORKS:
            self._early[tag] = dialog = Dialog.of_client(self.request, response)
            self._stack.add_dialog(dialog, self)
        self.progress.put_nowait(response)
        if response.status in (180, 183):
            self.rang.set()

    def _accepted(self, response: Response) -> None:
        """The first 2xx makes the call; one of another fork, or after `end`, is ACKed and ended at once (§13.2.2.4)."""
        tag = response.to.tag
        if tag in self._forks:
            self._forks[tag].again(self.traced)
        elif len(self._forks) >= _MOST_FORKS:
            self._stack.counters.dropped += 1
        elif self.over or self.dialog is not None:
            self._decline(response, tag)
        else:
            self._confirm(response, tag)

    def _confirm(self, response: Response, tag: str) -> None:
        dialog = self._early.pop(tag, None)
        if dialog is None:
            dialog = Dialog.of_client(self.request, response)
        else:
            dialog.confirm(response)
        self._forget_early()
        self.dialog = dialog
        self._stack.add_dialog(dialog, self)
        try:
            answer = self._late_answer(response)
        except Refusal as refusal:
            self._forks[tag] = self._acknowledge(dialog, response)
            self._bye()
            self.fail(local_response(self.request, refusal.sip_status or 488, refusal.message))
            return
        self._forks[tag] = self._acknowledge(dialog, response, answer)
        if not self._final.done():
            self._final.set_result(response)

    def _late_answer(self, response: Response) -> bytes:
        """Our answer to an offer that came in the 2xx."""
        if self.request.body:
            self._offers.happens(ANSWER_IN)
            return b""
        if response.sdp is None or self.on_offer is None:
            return b""
        self._offers.happens(OFFER_IN)
        answer = self.on_offer(response.sdp)
        self._offers.happens(ANSWER_OUT)
        return answer

    def _decline(self, response: Response, tag: str) -> None:
        dialog = self._early.pop(tag, None) or Dialog.of_client(self.request, response)
        dialog.confirm(response)
        self._forks[tag] = self._acknowledge(dialog, response)
        UnwantedAnswer(self, self._network, dialog, self._flow)

    def _refused(self, response: Response) -> None:
        self._offers.happens(DROPPED)
        cause = "refused"
        if response.local:
            cause = "timeout" if response.status == 408 else "connection-lost"
        self._conclude(response, Ending(cause, not response.local, response.status, response.reason, response))

    def _conclude(self, response: Response, ending: Ending) -> None:
        self._forget_early()
        if not self._final.done():
            self._final.set_result(response)
        self._finish(ending)

    def _forget_early(self) -> None:
        for dialog in self._early.values():
            self._stack.remove_dialog(dialog)
        self._early.clear()

    def _bye_arrived(self, transaction: ServerTransaction, request: Request) -> None:
        """In an early dialog it ends nothing: the called side may not send it (§15)."""
        if self.dialog is None:
            transaction.reply(200)
        else:
            super()._bye_arrived(transaction, request)


class UnwantedAnswer:
    """A dialog that nobody wants any more: ended with BYE, and known until that is answered."""

    def __init__(self, call: ClientCall, network: Network, dialog: Dialog, flow: Flow | None) -> None:
        self.traced = call.traced
        self._stack = network.stack
        self._dialog = dialog
        self._stack.add_dialog(dialog, self)
        outgoing = Outgoing(network, dialog.request("BYE"), self._hear, trace=call.traced)
        start_in_dialog(outgoing, dialog, flow)

    def _hear(self, response: Response) -> None:
        if response.status >= 200:
            self._stack.remove_dialog(self._dialog)

    def on_dialog_request(self, dialog: Dialog, transaction: ServerTransaction, request: Request) -> None:
        transaction.reply(200 if request.method == "BYE" else 481)

    def on_dialog_ack(self, dialog: Dialog, ack: Request) -> None:
        """An ACK here means nothing."""
