"""The meter: counts calls and messages as they happen, so that to tell them costs no look at the records.

It counts since the server started, what this server carries.
"""

from collections import Counter
from typing import Final

from ringback.calls.events import CallChanged
from ringback.calls.state import FINAL
from ringback.kernel.bus import Bus
from ringback.messaging.events import MessageChanged

INBOUND: Final = "inbound"


class Meter:
    """``ended``: how many calls came to each final status; ``messages``: how many there were of each direction.

    ``refused``: requests of nobody known, by the HTTP status of the answer.
    """

    def __init__(self, bus: Bus) -> None:
        self.incoming = 0
        self.outgoing = 0
        self.ended: Counter[str] = Counter()
        self.messages: Counter[str] = Counter()
        self.refused: Counter[int] = Counter()
        self.most = 0
        self.most_incoming = 0
        self.most_outgoing = 0
        self._incoming_now: set[str] = set()
        self._outgoing_now: set[str] = set()
        self._messages_under_way: set[str] = set()
        bus.subscribe(CallChanged, self._call_changed)
        bus.subscribe(MessageChanged, self._message_changed)

    @property
    def calls(self) -> int:
        return self.incoming + self.outgoing

    def _call_changed(self, event: CallChanged) -> None:
        call = event.record
        came = call.direction == INBOUND
        now = self._incoming_now if came else self._outgoing_now
        if call.status in FINAL:
            now.discard(call.sid)
            self.ended[call.status] += 1
        elif call.sid not in now:
            now.add(call.sid)
            self._begun(came)

    def _begun(self, came: bool) -> None:
        if came:
            self.incoming += 1
        else:
            self.outgoing += 1
        self.most_incoming = max(self.most_incoming, len(self._incoming_now))
        self.most_outgoing = max(self.most_outgoing, len(self._outgoing_now))
        self.most = max(self.most, len(self._incoming_now) + len(self._outgoing_now))

    def _message_changed(self, event: MessageChanged) -> None:
        message = event.record
        if message.status in ("queued", "sending"):
            self.messages[message.direction] += 1
