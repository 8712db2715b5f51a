"""A telephone's registration: asks for it with digest, renews it in time, ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringback.kernel.clock import Timer
from ringback.sip.address import NameAddress
from ringback.sip.digest import Credentials
from ringback.sip.message import Response
from ringback.sip.session import HeaderList
from ringback.sip.uri import Uri
from ringback.testing.failure import WasRefused

if TYPE_CHECKING:
    from ringback.testing.phone import Phone

#: what a final answer to REGISTER means, for a person
_MEANING = {
    401: "the server did not take the password",
    403: "wrong password, or no such user",
    404: "no such user",
    408: "nobody answers there: is the server running, and is that its address?",
    423: "the server wants a longer time",
    503: "nothing can be sent there: is the server running, and is that its address?",
}


class PhoneRegistration:
    """``granted``: seconds that the server gave; 0: none."""

    def __init__(self, phone: Phone, credentials: Credentials, server: str) -> None:
        self.granted = 0
        self.answer: Response | None = None
        self._phone = phone
        self._credentials = credentials
        self._server = server
        self._wanted = 0
        self._timer: Timer | None = None

    @property
    def contact(self) -> str:
        """The address that is registered."""
        return self._phone.uri

    async def ask(self, expires: int, headers: HeaderList = ()) -> None:
        """One REGISTER with its digest answer. ``headers`` take the place of our Contact. Raises `WasRefused`."""
        self._wanted = expires
        who = NameAddress("", Uri.parse(f"sip:{self._credentials.username}@{self._server}"))
        self.answer = await self._phone.sip.request(
            "REGISTER",
            Uri.parse(f"sip:{self._server}"),
            from_=who,
            to=who,
            headers=[*(headers or [("Contact", f"<{self.contact}>")]), ("Expires", str(expires))],
            credentials=self._credentials,
            trace=self._phone.ladder.take,
            timeout=self._phone.patience,
        )
        if not 200 <= self.answer.status < 300:
            self.granted = 0
            raise self._refused(self.answer)
        self.granted = self._granted_by(self.answer)
        self._refresh_later()

    async def end(self) -> None:
        """Un-registers."""
        self.stop_refreshing()
        await self.ask(0)

    def stop_refreshing(self) -> None:
        """The registration will run out."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refresh_later(self) -> None:
        self.stop_refreshing()
        if self.granted:
            self._timer = self._phone.clock.call_later(self.granted * 0.8, self._refresh)

    def _refresh(self) -> None:
        self._phone.tasks.start(self.ask(self._wanted), f"registration of {self._credentials.username}")

    def _granted_by(self, answer: Response) -> int:
        """The expiry of our own contact; none of ours in the answer: nothing (RFC 3261 §10.2.4)."""
        port = self._phone.sip.port
        for contact in answer.contacts:
            if contact.uri.port == port:
                return int(contact.param("expires") or answer.headers.get("Expires") or 3600)
        return 0

    def _refused(self, answer: Response) -> WasRefused:
        meaning = _MEANING.get(answer.status, "")
        what = f"registering {self._credentials.username} at {self._server}"
        return WasRefused(what, answer.status, f"{answer.reason}{f' ({meaning})' if meaning else ''}")
