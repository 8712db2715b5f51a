"""What a stack has seen, in numbers."""

from collections import Counter
from dataclasses import dataclass, field

_MOST_SOURCES = 1000


@dataclass(slots=True)
class Counters:
    """Counts since the start."""

    received: int = 0
    sent: int = 0
    #: messages that we sent again because no answer came
    retransmissions: int = 0
    #: octets or headers that are no SIP
    malformed: int = 0
    #: messages that belong to nothing: late responses, stray ACKs
    dropped: int = 0
    #: triggers that a transaction had no row for
    ignored: int = 0
    #: messages that could not be sent
    unsent: int = 0
    #: times that the network said that nobody is there
    unreachable: int = 0
    #: requests refused by the stack itself
    refused: int = 0
    #: requests refused with 503 for want of room or in overload, without a transaction
    turned_away: int = 0
    #: datagrams dropped unread, and connections closed at once: too many from one source, or in all
    unread: int = 0
    unwelcome: int = 0
    #: exceptions that are our own fault
    defects: int = 0
    #: malformed messages of each address, of the worst ones
    malformed_by_source: Counter[str] = field(default_factory=Counter)

    def add_malformed(self, host: str) -> None:
        """Counts one, for its source too; sources with few are forgotten when there are too many."""
        self.malformed += 1
        self.malformed_by_source[host] += 1
        if len(self.malformed_by_source) > _MOST_SOURCES:
            self.malformed_by_source = Counter(dict(self.malformed_by_source.most_common(_MOST_SOURCES // 2)))
