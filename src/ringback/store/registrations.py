"""Registrations: where each client's phones are reached (RFC 3261 §10.3)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec
from sqlalchemy import Index

from ringback.store.clients import ClientRecord
from ringback.store.rows import Rows
from ringback.store.table import Shape


class Bound(Protocol):
    """What the registrar's rules say about one contact."""

    @property
    def login(self) -> str: ...
    @property
    def contact(self) -> str: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def call_id(self) -> str: ...
    @property
    def cseq(self) -> int: ...
    @property
    def source(self) -> str: ...
    @property
    def instance(self) -> str: ...
    @property
    def user_agent(self) -> str: ...
    @property
    def path(self) -> tuple[str, ...]: ...
    @property
    def q(self) -> float: ...
    @property
    def display_name(self) -> str: ...


class RegistrationRecord(msgspec.Struct, kw_only=True):
    """One contact of a client; unique by (login, contact). ``node``: the server whose socket reaches it."""

    sid: str
    date_created: datetime
    date_updated: datetime
    account_sid: str
    client_sid: str
    login: str
    contact: str
    expires_at: datetime
    call_id: str
    cseq: int
    source: str
    instance: str = ""
    user_agent: str = ""
    path: tuple[str, ...] = ()
    q: float = 1.0
    display_name: str = ""
    node: str | None = None


REGISTRATIONS = Shape(
    RegistrationRecord,
    "registrations",
    Index("registrations_by_contact", "login", "contact", unique=True),
    Index("registrations_by_account", "account_sid", "date_created", "id"),
    Index("registrations_by_expiry", "expires_at"),
)


class Registrations(Rows[RegistrationRecord]):
    shape = REGISTRATIONS

    async def bindings_of(self, login: str) -> list[RegistrationRecord]:
        """All contacts of a login, the expired ones too."""
        return await self.find(login=login)

    async def replace(self, client: ClientRecord, upserts: Sequence[Bound], deletions: Sequence[Bound]) -> None:
        """Deletes, then inserts or renews, by (login, contact): all or nothing, and committed on return."""
        raise NotImplementedError

    async def delete_expired(self, now: datetime) -> int:
        """Forgets what expired by ``now``; how many."""
        raise NotImplementedError
