"""A call that came in: rings, is answered or refused, may be cancelled (RFC 3261 §13.3)."""

import asyncio

from ringback.kernel.tasks import until
from ringback.sip.accepted import UnackedAnswer
from ringback.sip.address import NameAddress
from ringback.sip.call import CallEnded, Ending, HeaderList, SipCall
from ringback.sip.dialog import Dialog
from ringback.sip.message import Request
from ringback.sip.multipart import SDP
from ringback.sip.offer import ANSWER_OUT, OFFER_IN, OFFER_OUT
from ringback.sip.outgoing import Network
from ringback.sip.server_transaction import ServerTransaction
from ringback.sip.timers import Timer

#: seconds after which a provisional response is said again, so that proxies keep waiting (§13.3.1.1)
SAY_AGAIN = 60.0


class ServerCall(SipCall):
    """A call that came in. ``source``: where from ("udp:127.0.0.1:5061"); ``offer``: its session description."""

    def __init__(self, network: Network, transaction: ServerTransaction, request: Request) -> None:
        super().__init__(network, request, None)
        self._transaction = transaction
        self.source = transaction.source
        self._flow = transaction.flow
        self.offer = request.sdp
        if self.offer is not None:
            self._offers.happens(OFFER_IN)
        self._contact_user = request.uri.user if request.uri.scheme != "tel" else ""
        dialog = self.dialog = Dialog.of_server(request, transaction.to_tag)
        self._stack.add_dialog(dialog, self)
        #: done when the ACK is here, or the call over
        self._settled: asyncio.Future[None] | None = None
        self._ack: Request | None = None
        self._bye_waits: HeaderList | None = None
        self._said: Timer | None = None
        self._shared: list[tuple[str, str]] | None = None
        transaction.owner = self
        transaction.trace = self.traced
        self.traced("in", transaction.source, request.raw)
        transaction.reply(100)

    @property
    def local(self) -> NameAddress:
        assert self.dialog is not None
        return NameAddress.parse(self.dialog.local_text)

    @property
    def remote(self) -> NameAddress:
        return self.request.from_

    @property
    def answered(self) -> bool:
        """Whether a final response was sent."""
        return self._transaction.answered

    def ring(self, status: int = 180, headers: HeaderList = (), sdp: bytes = b"") -> None:
        """Sends a provisional response, and again each minute; nothing after the final one."""
        if self.answered or self.over:
            return
        if self._said is not None:
            self._said.cancel()
        body_headers = [("Content-Type", SDP)] if sdp else []
        self._transaction.reply(status, "", [*self._dialog_headers(), *headers, *body_headers], sdp)
        self._said = self._stack.timers.start(SAY_AGAIN, self.ring, status, headers, sdp)

    def refuse(self, status: int, reason: str = "", headers: HeaderList = ()) -> None:
        """Sends a final response of 300 or above; nothing after another final one."""
        if self.answered or self.over:
            return
        response = self._transaction.reply(status, reason, [*self._stack.admission.server, *headers])
        self._over(Ending("refused", False, status, response.reason, response))

    async def answer(self, sdp: bytes, headers: HeaderList = ()) -> bytes | None:
        """Sends 200, again and again until the ACK comes; the session description of the ACK, or None.

        Raises `CallEnded` when the call is over, before or while waiting; without any ACK it is ended ("ack-lost").
        """
        if self.over:
            raise CallEnded(self.ended.result())
        if self._settled is None:
            self._settled = asyncio.get_running_loop().create_future()
            self._accept(sdp, headers)
        await until(self._settled)
        if self._ack is None and self.over:
            raise CallEnded(self.ended.result())
        return self._ack.sdp if self._ack is not None else None

    def _accept(self, sdp: bytes, headers: HeaderList) -> None:
        self._hush()
        self._offers.happens(OFFER_OUT if self.offer is None else ANSWER_OUT)
        capabilities = self._stack.admission.capabilities
        lines = [*self._dialog_headers(), *capabilities, *headers, ("Content-Type", SDP)]
        self._transaction.reply(200, "", lines, sdp)
        number = self.request.cseq.number
        self._unacked = UnackedAnswer(self._transaction, number, self._ack_lost, offered=self.offer is None)

    def end(self, status: int = 0, reason: str = "", headers: HeaderList = ()) -> None:
        if self.over:
            return
        if not self.answered:
            self.refuse(status or 480, reason, headers)
            return
        if self._unacked is None:
            self._bye(headers)
        else:
            self._bye_waits = headers
        self._finish(Ending("local", False))

    def on_cancel(self, cancel: Request) -> None:
        """The caller gave up: 487 (§9.2)."""
        if not self.answered:
            self._transaction.reply(487)
            self._over(Ending("cancelled", True, 487, "Request Terminated", cancel))

    def on_ack(self, ack: Request) -> None:
        """The ACK of the 2xx, sent in the INVITE's own transaction."""
        assert self.dialog is not None
        self.on_dialog_ack(self.dialog, ack)

    def on_failure(self) -> None:
        """Our response cannot be sent."""
        self._over(Ending("connection-lost", False, 503))

    def _acknowledged(self, ack: Request | None) -> None:
        if self._settled is not None and not self._settled.done():
            self._ack = ack
            self._settled.set_result(None)
        if self._trace is None:
            self._passed = None
        if self._bye_waits is not None:
            waits, self._bye_waits = self._bye_waits, None
            self._bye(waits)

    def _bye_arrived(self, transaction: ServerTransaction, request: Request) -> None:
        """Also of a caller who should have sent CANCEL (§15)."""
        super()._bye_arrived(transaction, request)
        self._hush()
        if not self.answered:
            self._transaction.reply(487)

    def _may_be_invited(self) -> bool:
        return self.answered and super()._may_be_invited()

    def _finish(self, ending: Ending) -> None:
        super()._finish(ending)
        if self._settled is not None and not self._settled.done():
            self._settled.set_result(None)

    def _over(self, ending: Ending) -> None:
        self._hush()
        self._forget()
        self._finish(ending)

    def _forget(self) -> None:
        super()._forget()
        self._let_go(self._transaction)

    def _hush(self) -> None:
        if self._said is not None:
            self._said.cancel()
            self._said = None

    def _dialog_headers(self) -> list[tuple[str, str]]:
        """What makes a dialog of a response: the Record-Route as it came, and our Contact (§12.1.1)."""
        if self._shared is None:
            routes = [("Record-Route", value) for value in self.request.headers.lines("Record-Route")]
            self._shared = [*routes, self._contact_on(self._transaction.flow)]
        return self._shared
