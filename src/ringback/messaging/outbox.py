"""The outbox: the one door through which messages leave. Specification, tables 4.20 and 4.21.

A message is kept before anything is done with it. It ends ``sent`` when a carrier took it, and ``failed`` otherwise,
with a Notification that says what is missing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ringback.kernel.bus import Bus
from ringback.kernel.clock import Clock
from ringback.kernel.sid import new_sid
from ringback.kernel.tasks import Tasks
from ringback.messaging.carrier import Carrier, NotCarried
from ringback.messaging.events import MessageChanged
from ringback.messaging.segments import segments_of
from ringback.store.messages import MessageRecord
from ringback.store.store import Store

#: the error of a message that nobody carries
NO_CARRIER: Final = 30008
#: writes a Notification: (account, code, text, the call that the message belongs to)
Tell = Callable[[str, int, str, str | None], object]
#: is told of each new status of a message that has a StatusCallback
CallBack = Callable[[MessageRecord], object]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What shall be sent. ``direction``: outbound-api, outbound-call or outbound-reply. ``headers``: ``X-…``, to go
    with it in their order."""

    account_sid: str
    from_: str
    to: str
    body: str
    direction: str = "outbound-api"
    headers: Sequence[tuple[str, str]] = ()
    encoding: str | None = None
    status_callback: str | None = None
    status_callback_method: str | None = None
    call_sid: str | None = None
    api_version: str = "2012-04-24"


class Outbox:
    """``tell`` writes Notifications; ``call_back`` tells customers' servers."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        tasks: Tasks,
        bus: Bus,
        *,
        tell: Tell,
        carriers: Sequence[Carrier] = (),
        call_back: CallBack = lambda _message: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._bus = bus
        self._tell = tell
        self._carriers = carriers
        self._call_back = call_back

    async def send(self, outgoing: Outgoing) -> MessageRecord:
        """The record of the new message, kept and ``sending``; it goes its way in the background."""
        message = self._record(outgoing)
        await self._store.messages.insert(message)
        self._bus.publish(MessageChanged(message))
        self._tasks.start(self._deliver(message), f"message {message.sid}")
        return message

    def _record(self, outgoing: Outgoing) -> MessageRecord:
        now = self._clock.utc()
        return MessageRecord(
            sid=new_sid("SM"),
            date_created=now,
            date_updated=now,
            account_sid=outgoing.account_sid,
            from_=outgoing.from_,
            to=outgoing.to,
            body=outgoing.body,
            status="sending",
            direction=outgoing.direction,
            api_version=outgoing.api_version,
            encoding=outgoing.encoding,
            num_segments=segments_of(outgoing.body),
            status_callback=outgoing.status_callback,
            status_callback_method=outgoing.status_callback_method,
            call_sid=outgoing.call_sid,
            headers=list(outgoing.headers),
        )

    async def _deliver(self, message: MessageRecord) -> None:
        carrier = await self._carrier_of(message)
        if carrier is None:
            why = f"The message to {message.to} was not sent: no carrier of messages is set up on this server."
            return await self._fail(message, NO_CARRIER, why)
        try:
            carrier_id = await carrier.carry(message)
        except NotCarried as refusal:
            why = f"The message to {message.to} was not sent: {refusal.message}"
            return await self._fail(message, refusal.code or NO_CARRIER, why, carrier=carrier.name)
        now = self._clock.utc()
        await self._enter(message, "sent", date_sent=now, carrier=carrier.name, carrier_id=carrier_id)

    async def _carrier_of(self, message: MessageRecord) -> Carrier | None:
        for carrier in self._carriers:
            if await carrier.serves(message):
                return carrier
        return None

    async def _fail(self, message: MessageRecord, code: int, why: str, **facts: Any) -> None:
        self._tell(message.account_sid, code, why, message.call_sid)
        await self._enter(message, "failed", error_code=code, error_message=why, **facts)

    async def _enter(self, message: MessageRecord, status: str, **facts: Any) -> None:
        facts = {**facts, "status": status, "date_updated": self._clock.utc(), "attempts": message.attempts + 1}
        changed = await self._store.messages.change(message.sid, **facts)
        if changed is None:  # deleted meanwhile
            return
        self._bus.publish(MessageChanged(changed))
        if changed.status_callback:
            self._call_back(changed)
