"""The sandbox: one number and one pin for each account, to try an application with."""

import secrets

from ringback.api.asked import Asked
from ringback.api.dialect import API_VERSION, Dialect
from ringback.api.property import (
    ACCOUNT_SID,
    API_VERSION_SHOWN,
    CONTEXT,
    DATE_CREATED,
    DATE_UPDATED,
    application,
    computed,
    shown,
    url_and_method,
)
from ringback.api.resource import Resource, Values
from ringback.api.routes import Route
from ringback.store.driver import AlreadyThere
from ringback.store.sandboxes import SandboxRecord


def _uri(record: SandboxRecord, _dialect: Dialect, as_json: bool) -> str:
    return f"{CONTEXT}/{API_VERSION}/Accounts/{record.account_sid}/Sandbox" + (".json" if as_json else "")


class Sandbox(Resource[SandboxRecord]):
    """There is one an account, made when it is first asked for."""

    def routes(self, dialect: Dialect) -> list[Route]:
        routes = super().routes(dialect)
        return [Route(f"{self.below}/{self.path}", routes[1].methods)] if routes else []

    async def found(self, asked: Asked) -> SandboxRecord:
        rows = asked.house.store.sandboxes
        known = await rows.first(account_sid=asked.account.sid)
        if known is not None:
            return known
        facts: Values = {"pin": f"{secrets.randbelow(10**8):08d}", "phone_number": "+1" + "0" * 10}
        try:
            return await self.insert(facts, asked)
        except AlreadyThere:
            return await self.found(asked)


SANDBOX = Sandbox(
    path="Sandbox",
    element="Sandbox",
    prefix="SB",
    target="SandBoxes",
    record=SandboxRecord,
    rows=lambda store: store.sandboxes,
    deeds=frozenset({"read", "change"}),
    properties=[
        shown("Pin"),
        ACCOUNT_SID,
        shown("PhoneNumber"),
        application("ApplicationSid"),
        API_VERSION_SHOWN,
        *url_and_method("Voice"),
        *url_and_method("Sms"),
        *url_and_method("StatusCallback"),
        DATE_CREATED,
        DATE_UPDATED,
        computed("Uri", _uri),
    ],
    description="One number and one pin for each account, to try an application with.",
)
