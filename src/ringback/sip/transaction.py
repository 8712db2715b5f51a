"""What the four transaction machines share: a table of (state, trigger) → (state, actions), a flow, a trace."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, Protocol

from ringback.kernel.errors import RingbackError
from ringback.sip.counters import Counters
from ringback.sip.flow import Flow
from ringback.sip.timers import Timer, Timers, Times

#: told of every message of a call's transactions, each retransmission too: way, peer ("udp:127.0.0.1:5061"), octets
Trace = Callable[[Literal["in", "out"], str, bytes], None]
Action = Callable[..., None]
Table = Mapping[tuple[str, str], tuple[str, tuple[Action, ...]]]

# states
CALLING, TRYING, PROCEEDING = "calling", "trying", "proceeding"
COMPLETED, CONFIRMED, ACCEPTED, TERMINATED = "completed", "confirmed", "accepted", "terminated"

# triggers from the network and of timers
REQUEST, ACK = "request", "ack"
R_1XX, R_2XX, R_300_699 = "1xx arrives", "2xx arrives", "300-699 arrives"
TRANSPORT_ERROR = "transport error"
TIMER_A, TIMER_B, TIMER_D, TIMER_E, TIMER_F = "timer A", "timer B", "timer D", "timer E", "timer F"
TIMER_G, TIMER_H, TIMER_I, TIMER_J = "timer G", "timer H", "timer I", "timer J"
TIMER_K, TIMER_L, TIMER_M = "timer K", "timer L", "timer M"

# triggers of our own: without a row they are a defect
TU_1XX, TU_2XX, TU_300_699, TU_GIVES_UP = "1xx of ours", "2xx of ours", "300-699 of ours", "given up"
OURS = frozenset((TU_1XX, TU_2XX, TU_300_699, TU_GIVES_UP))


class WrongMoment(RingbackError):
    """Something asked of a transaction that its state does not allow."""


class Layer(Protocol):
    """What a transaction needs around it."""

    timers: Timers
    times: Times
    counters: Counters

    def forget(self, transaction: "Transaction") -> None:
        """The transaction is over."""


class Transaction:
    """One machine. Actions are functions of (transaction, message)."""

    __slots__ = ("flow", "key", "layer", "octets", "state", "timer", "trace")

    table: ClassVar[Table]

    def __init__(self, layer: Layer, key: tuple[Any, ...], flow: Flow, state: str, trace: Trace | None) -> None:
        self.layer = layer
        self.key = key
        self.flow = flow
        self.state = state
        self.trace = trace
        #: what is sent again
        self.octets = b""
        #: what the present state waits for: the last timer that was set, which knows the one before it
        self.timer: Timer | None = None

    def fire(self, trigger: str, message: Any = None) -> None:
        """Does what the table says. What the network does out of turn is counted; what we do out of turn raises."""
        row = self.table.get((self.state, trigger))
        if row is None:
            if trigger in OURS:
                raise WrongMoment(f"{trigger} while {self.state}")
            self.layer.counters.ignored += 1
            return
        self.state, actions = row
        for action in actions:
            action(self, message)

    def __call__(self, trigger: str) -> None:
        """What a timer calls: it keeps the transaction itself, for a method of it would be one more object."""
        self.fire(trigger)

    def start_timer(self, seconds: float, trigger: str) -> None:
        """Fires ``trigger`` later, unless `stop_timers` comes first."""
        timer = self.layer.timers.start(seconds, self, trigger)
        timer.before = self.timer
        self.timer = timer

    def stop_timers(self) -> None:
        timer, self.timer = self.timer, None
        while timer is not None:
            timer.cancel()
            timer = timer.before

    def transmit(self, octets: bytes) -> None:
        """Sends; what cannot be sent is a transport error, soon (never in the middle of another action)."""
        self.layer.counters.sent += 1
        if self.trace is not None:
            self.trace("out", self.flow.peer, octets)
        if not self.flow.send(octets):
            self.layer.counters.unsent += 1
            self.layer.timers.start(0.0, self, TRANSPORT_ERROR)


def send_again(transaction: Transaction, _: object = None) -> None:
    """Repeats the last message, if there was one."""
    if transaction.octets:
        transaction.layer.counters.retransmissions += 1
        transaction.transmit(transaction.octets)


def stop(transaction: Transaction, _: object = None) -> None:
    transaction.stop_timers()


def end(transaction: Transaction, _: object = None) -> None:
    transaction.stop_timers()
    transaction.layer.forget(transaction)
