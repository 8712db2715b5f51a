"""The registering side: keeps an address-of-record registered until it is removed (RFC 3261 §10.2)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from ringback.kernel.clock import Timer
from ringback.kernel.errors import Refusal
from ringback.kernel.tasks import Tasks
from ringback.sip.address import NameAddress
from ringback.sip.digest import Credentials
from ringback.sip.flow import Flow
from ringback.sip.initial import initial_request
from ringback.sip.message import Request, Response
from ringback.sip.session import HeaderList, Trace
from ringback.sip.uri import Uri

if TYPE_CHECKING:
    from ringback.sip.net.endpoint import Endpoint

#: seconds until the first new attempt after a failed refresh; doubled each time up to the last (RFC 5626 §4.5)
_FIRST_RETRY, _LAST_RETRY = 30.0, 1800.0


class RegistrationRefused(Refusal):
    """The registrar answered with no 2xx, or not at all (408, 503)."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status} {response.reason}", sip_status=response.status)
        self.response = response


class Registering:
    """One registration. ``status`` is the last answer's, 0 before the first; ``expires`` the seconds granted."""

    def __init__(
        self,
        endpoint: Endpoint,
        aor: Uri,
        registrar: Uri,
        credentials: Credentials | None,
        *,
        expires: int,
        headers: HeaderList = (),
        trace: Trace | None = None,
    ) -> None:
        self._endpoint = endpoint
        self.aor = aor
        self.registrar = registrar
        self._credentials = credentials
        self._wanted = expires
        self._headers = headers
        self._trace = trace
        self._call_id = os.urandom(16).hex()
        self._cseq = 0
        self._timer: Timer | None = None
        self._tasks = Tasks()
        self._failures = 0
        self.status = 0
        self.expires = 0
        #: the registrar's last answer
        self.response: Response | None = None
        self.on_removed: Callable[[], None] = lambda: None

    @property
    def active(self) -> bool:
        """Whether the last answer granted it."""
        return 200 <= self.status < 300 and self.expires > 0

    async def refresh(self) -> None:
        """Registers now, and again at half of the time granted. Raises `RegistrationRefused`."""
        response = await self._register(self._wanted)
        minimum = _seconds(response.headers.get("Min-Expires"))
        if response.status == 423 and minimum is not None:
            self._wanted = max(minimum, self._wanted)
            response = await self._register(self._wanted)
        if not 200 <= response.status < 300:
            raise RegistrationRefused(response)
        self._failures = 0
        self.expires = self._granted(response)
        self._again_in(max(1.0, self.expires / 2))

    async def remove(self) -> None:
        """Takes the registration away; the answer does not matter any more."""
        if self._timer is not None:
            self._timer.cancel()
        await self._tasks.close()
        self.on_removed()
        if self.active:
            await self._register(0)
        self.expires = 0

    async def _register(self, expires: int) -> Response:
        self._cseq += 1
        endpoint, address = self._endpoint, NameAddress("", self.aor)
        request = initial_request(
            "REGISTER",
            self.registrar,
            from_=address,
            to=address,
            admission=endpoint.stack.admission,
            user_agent=endpoint.user_agent,
            headers=[*self._headers, ("Expires", str(expires))],
            call_id=self._call_id,
            cseq=self._cseq,
        )
        response = await endpoint.exchange(
            request, credentials=self._credentials, trace=self._trace, dress=self._put_contact
        )
        self._cseq = max(self._cseq, response.cseq.number)
        self.response, self.status = response, response.status
        return response

    def _put_contact(self, request: Request, flow: Flow) -> None:
        request.headers.set("Contact", self._endpoint.contact(flow, self.aor.user))

    def _granted(self, response: Response) -> int:
        """Seconds of our contact in the answer, else of its Expires, else what we asked for."""
        port = str(self._endpoint.port)
        for contact in response.contacts:
            if str(contact.uri.port) == port and contact.uri.user == self.aor.user:
                own = _seconds(contact.param("expires"))
                if own is not None:
                    return own
        seconds = _seconds(response.headers.get("Expires"))
        return self._wanted if seconds is None else seconds

    def _again_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._endpoint.clock.call_later(seconds, self._start_refresh)

    def _start_refresh(self) -> None:
        self._tasks.start(self._refresh_or_retry(), f"register {self.aor}")

    async def _refresh_or_retry(self) -> None:
        try:
            await self.refresh()
        except RegistrationRefused:
            self._again_in(min(_LAST_RETRY, _FIRST_RETRY * 2.0**self._failures))
            self._failures = min(self._failures + 1, 10)


def _seconds(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 11 else None
