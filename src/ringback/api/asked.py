"""What is asked: one request, as resources see it."""

from collections.abc import Mapping
from copy import copy

from ringback.api.authentication import Authentication
from ringback.api.form import Form, Receive, read_form, read_text
from ringback.api.meter import Meter
from ringback.api.negotiation import Target
from ringback.flows.house import House
from ringback.store.accounts import AccountRecord


class Asked:
    """``names``: the values of the placeholders in the route's path. ``caller`` acts for ``account``."""

    __slots__ = (
        "_form",
        "account",
        "as_json",
        "authentication",
        "body",
        "caller",
        "dialect",
        "headers",
        "house",
        "meter",
        "method",
        "names",
        "query",
        "receive",
        "segments",
    )

    def __init__(
        self,
        *,
        house: House,
        authentication: Authentication,
        meter: Meter,
        target: Target,
        method: str,
        headers: Mapping[bytes, bytes],
        receive: Receive,
        caller: AccountRecord,
        names: Mapping[str, str],
    ) -> None:
        self.house = house
        self.authentication = authentication
        self.meter = meter
        self.dialect = target.dialect
        self.segments = target.segments
        self.as_json = target.as_json
        self.method = method
        self.query = Form()
        self.headers = headers
        self.receive = receive
        self.caller = caller
        self.account = caller
        self.names = names
        self.body = b""
        self._form: Form | None = None

    async def form(self) -> Form:
        """The parameters in the body."""
        if self._form is None:
            self._form, self.body = await read_form(self.headers, self.receive, self.house.settings.http.max_body)
        return self._form

    @property
    def given(self) -> Form:
        """Of the parameters in the body, what was read of them so far."""
        return self._form or Form()

    async def text(self, content_type: bytes) -> str:
        """The body, which must be UTF-8 of ``content_type``."""
        return await read_text(self.headers, self.receive, self.house.settings.http.max_body, content_type)

    def acting_for(self, account: AccountRecord) -> "Asked":
        """The same request, for another account."""
        other = copy(self)
        other.account = account
        return other

    @property
    def path(self) -> str:
        """The path asked for, in the form that the specification prints."""
        ending = ".json" if self.as_json else ""
        return "/".join((self.dialect.prefixes[0], *self.segments)) + ending
