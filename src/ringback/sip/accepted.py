"""A 2xx to an INVITE, sent again until its ACK comes, over streams too (RFC 3261 §13.3.1.4)."""

from collections.abc import Callable

from ringback.sip.server_transaction import ServerTransaction
from ringback.sip.timers import Timer
from ringback.sip.transaction import ACCEPTED


class UnackedAnswer:
    """Repeats at T1, 2·T1 … T2; after 64·T1 ``lost`` is called."""

    __slots__ = ("_again", "_interval", "_last", "_lost", "_transaction", "cseq", "offered")

    def __init__(
        self, transaction: ServerTransaction, cseq: int, lost: Callable[[], None], *, offered: bool = False
    ) -> None:
        layer = transaction.layer
        self._transaction = transaction
        self._lost = lost
        self.cseq = cseq
        #: whether the 2xx carried our offer, so that the ACK owes the answer
        self.offered = offered
        self._interval = layer.times.t1
        self._again: Timer = layer.timers.start(self._interval, self._send_again)
        self._last: Timer = layer.timers.start(layer.times.give_up, self._give_up)

    def stop(self) -> None:
        """The ACK is here, or the call is over."""
        self._again.cancel()
        self._last.cancel()
        self._transaction.settle()

    def _send_again(self) -> None:
        transaction = self._transaction
        layer = transaction.layer
        if transaction.state == ACCEPTED:
            layer.counters.retransmissions += 1
            transaction.transmit(transaction.octets)
        self._interval = min(2 * self._interval, layer.times.t2)
        self._again = layer.timers.start(self._interval, self._send_again)

    def _give_up(self) -> None:
        self.stop()
        self._lost()
