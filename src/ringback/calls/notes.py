"""Notes: what went wrong, where the customer looks for it: the Notifications (specification, table 4.24)."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec

from ringback.kernel.clock import Clock
from ringback.kernel.sid import new_sid
from ringback.store.notifications import NotificationRecord
from ringback.store.store import Store

API_VERSION = "2012-04-24"
ERROR = 0
WARNING = 1


class RequestFacts(msgspec.Struct, frozen=True, gc=False):
    """The HTTP request that a fault belongs to, and what was answered; the body cut.

    ``variables``: form-encoded, or what is encoded when somebody wants to read it.
    """

    url: str
    method: str
    variables: str | Sequence[tuple[str, str]] = ""
    response_headers: str | None = None
    response_body: str | None = None

    @property
    def encoded(self) -> str:
        return self.variables if isinstance(self.variables, str) else urlencode(self.variables)


class Fault(msgspec.Struct, frozen=True, gc=False):
    """``code`` of the error dictionary; ``level`` `ERROR` or `WARNING`; where in the document, when it is known."""

    code: int
    message: str
    level: int = ERROR
    line: int | None = None
    column: int | None = None


class Notes:
    """Writes Notifications; never waits for the database, never loses one while the server lives."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def write(
        self, account_sid: str, fault: Fault, *, call_sid: str | None = None, request: RequestFacts | None = None
    ) -> "asyncio.Future[None]":
        """Queues one Notification of the account; what is returned resolves when it is kept."""
        now = self._clock.utc()
        record = NotificationRecord(
            sid=new_sid("NO"),
            date_created=now,
            date_updated=now,
            account_sid=account_sid,
            call_sid=call_sid,
            api_version=API_VERSION,
            log=fault.level,
            error_code=fault.code,
            more_info=f"/restcomm/errors/{fault.code}.html",
            message_text=fault.message,
            message_date=now,
            request_url=request.url if request else "",
            request_method=request.method if request else "",
            request_variables=request.encoded if request else "",
            response_headers=request.response_headers if request else None,
            response_body=request.response_body if request else None,
            line=fault.line,
            column=fault.column,
        )
        return self._store.notifications.put(record)
