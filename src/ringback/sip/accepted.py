"""A 2xx to an INVITE, sent again until its ACK comes, over streams too (RFC 3261 §13.3.1.4)."""

from collections.abc import Callable

from ringback.sip.server_transaction import ServerTransaction
from ringback.sip.timers import Timer
from ringback.sip.transaction import ACCEPTED


class UnackedAnswer:
    """Repeats at T1, 2·T1 … T2; after 64·T1 ``lost`` is called."""

    __slots__ = ("_again", "_interval", "_lost", "_rest", "_transaction", "cseq", "offered")

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
        self._rest = layer.times.give_up  #: seconds until nobody waits any more
        self._again: Timer = self._wait()

    def stop(self) -> None:
        """The ACK is here, or the call is over."""
        self._again.cancel()
        self._transaction.settle()

    def _wait(self) -> Timer:
        seconds = min(self._interval, self._rest)
        self._rest -= seconds
        return self._transaction.layer.timers.start(seconds, self._send_again)

    def _send_again(self) -> None:
        if self._rest <= 0.0:
            self.stop()
            return self._lost()
        transaction = self._transaction
        layer = transaction.layer
        if transaction.state == ACCEPTED:
            layer.counters.retransmissions += 1
            transaction.transmit(transaction.octets)
        self._interval = min(2 * self._interval, layer.times.t2)
        self._again = self._wait()
        return None
