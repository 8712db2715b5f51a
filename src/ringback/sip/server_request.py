"""A request outside of any dialog that waits for its answer: REGISTER, MESSAGE …"""

from ringback.sip.admission import Admission, HeaderList
from ringback.sip.message import Request
from ringback.sip.server_transaction import ServerTransaction
from ringback.sip.transaction import Trace


class ServerRequest:
    """``source``: where it came from ("udp:127.0.0.1:5061")."""

    def __init__(self, transaction: ServerTransaction, request: Request, admission: Admission) -> None:
        self._transaction = transaction
        self._admission = admission
        self.request = request
        self.source = transaction.source

    @property
    def trace(self) -> Trace | None:
        """Hears each message of the transaction; the request itself is told at once when it is set."""
        return self._transaction.trace

    @trace.setter
    def trace(self, trace: Trace | None) -> None:
        self._transaction.trace = trace
        if trace is not None:
            trace("in", self.source, self.request.raw)

    @property
    def answered(self) -> bool:
        return self._transaction.answered

    def reply(
        self, status: int, reason: str = "", headers: HeaderList = (), body: bytes = b"", content_type: str = ""
    ) -> None:
        """Answers; after a final answer nothing is sent any more."""
        if self._transaction.answered:
            return
        lines = [*self._admission.server, *headers]
        if body and content_type:
            lines.append(("Content-Type", content_type))
        self._transaction.reply(status, reason, lines, body)
