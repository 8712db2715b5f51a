"""The door: the way of every request through the API, in order.

Which dialect and which path; who asks; is there such a thing; may they; the action; or the problem that stopped it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import structlog

from ringback.api.answer import Answer, Send
from ringback.api.asked import Asked
from ringback.api.authentication import Authentication
from ringback.api.complaints import Complaints
from ringback.api.dialect import Dialect
from ringback.api.form import Receive, parse_form
from ringback.api.guard import LockedOut
from ringback.api.idempotency import Idempotency
from ringback.api.meter import Meter
from ringback.api.negotiation import Target, target_of, wants_json
from ringback.api.permission import NOT_ACTIVE, Deed, Who, must_be_allowed, must_operate, operated_account
from ringback.api.problem import MethodNotAllowed, problem
from ringback.api.routes import Action, Routes
from ringback.flows.house import House
from ringback.kernel.errors import Conflict, NotAuthenticated, NotFound, NotPermitted, Refusal
from ringback.store.accounts import AccountRecord

_log = structlog.get_logger("ringback.api")

#: who asks for what anyone may have
NOBODY: Final = AccountRecord(
    sid="",
    date_created=datetime.min,
    date_updated=datetime.min,
    email_address="",
    friendly_name="",
    role="",
    auth_token="",
)


class Door:
    """The ASGI application of all resources."""

    def __init__(self, house: House, routes: Mapping[Dialect, Routes]) -> None:
        self._house = house
        self._routes = routes
        self.authentication = Authentication(house.store, house.clock, hashed=house.settings.random_tokens)
        self._idempotency = Idempotency()
        self._complaints = Complaints(house)
        self._meter = Meter(house.bus)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1000, "reason": "nothing speaks WebSocket here"})
        headers = dict(scope["headers"])
        target = target_of(scope["path"], headers)
        try:
            if target is None:
                raise NotFound(f"There is nothing at {scope['path']}.")
            answer = await self._answer(scope, target, headers, receive)
        except Exception as error:
            answer = problem(_refusal_of(error, scope), wants_json(scope["path"], target, headers))
        await answer.send(send)

    def last_words(self) -> None:
        """When nothing is asked any more: what is still to be said of what was refused."""
        self._complaints.close()

    async def _answer(self, scope: Any, target: Target, headers: dict[bytes, bytes], receive: Receive) -> Answer:
        actions, names = self._routes[target.dialect].find(target.segments)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        action = actions.get(method + target.ending)
        is_public = action is not None and action.who is Who.ANYONE
        asked = Asked(
            house=self._house,
            authentication=self.authentication,
            meter=self._meter,
            target=target,
            method=scope["method"],
            headers=headers,
            receive=receive,
            caller=NOBODY if is_public else await self._caller(scope, headers),
            names=names,
        )
        try:
            if not actions or (target.ending and action is None):
                raise NotFound(f"There is nothing at {scope['path']}.")
            if not is_public:
                _must_be_active(asked.caller, target)
            if action is None:
                raise MethodNotAllowed(scope["method"], sorted(name for name in actions if "." not in name))
            asked.query = parse_form(scope["query_string"])
            if not is_public:
                await _permit(asked, action)
            return await self._run(asked, action)
        except Exception as error:
            refusal = _refusal_of(error, scope)
            self._complaints.note(asked, refusal)
            raise refusal from None

    async def _run(self, asked: Asked, action: Action) -> Answer:
        if action.deed is Deed.CREATE:
            return await self._idempotency.once(asked, action.run)
        return await action.run(asked)

    async def _caller(self, scope: Any, headers: dict[bytes, bytes]) -> AccountRecord:
        source = scope["client"][0] if scope.get("client") else ""
        try:
            return await self.authentication.account_of(headers.get(b"authorization"), source)
        except (NotAuthenticated, LockedOut) as refusal:
            self._meter.refused[refusal.status] += 1
            self._complaints.log(source, refusal)
            raise


def _refusal_of(error: Exception, scope: Any) -> Refusal:
    """``error`` itself, or what is said instead of a defect."""
    if isinstance(error, Refusal):
        return error
    _log.error("a request failed", method=scope["method"], path=scope["path"], exc_info=error)
    return Refusal("Something went wrong on our side; it is in the log.", status=500)


async def _permit(asked: Asked, action: Action) -> None:
    if action.who is Who.OPERATOR:
        must_operate(asked.caller)
    if (name := asked.names.get("account")) is not None:
        asked.account = await operated_account(name, asked.caller, action.who, asked.house.store)
    must_be_allowed(asked.caller, action.deed, action.target)
    if action.deed is Deed.CREATE and asked.account.status == "closed":
        raise Conflict(f"Account {asked.account.sid} is closed: nothing new begins there.", code=20409)


def _must_be_active(caller: AccountRecord, target: Target) -> None:
    if caller.status == "active":
        return
    if caller.status == "uninitialized" and target.segments[:1] == ("Accounts",):
        return
    raise NotPermitted("Provided Account is not active", code=NOT_ACTIVE)
