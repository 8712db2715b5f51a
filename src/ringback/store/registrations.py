"""Registrations: where each client's phones are reached (RFC 3261 §10.3)."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace
from sqlalchemy import Index, bindparam, delete
from sqlalchemy.dialects.postgresql import insert as insert_in_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_in_sqlite

from ringback.kernel.sid import new_sid
from ringback.store.clients import ClientRecord
from ringback.store.database import Database
from ringback.store.kept_bindings import KeptBindings
from ringback.store.prepared import Prepared
from ringback.store.rows import Rows
from ringback.store.table import Shape, to_milliseconds
from ringback.store.writing import Writing

#: logins whose contacts are kept in memory: a phone that registers again is not looked up
MOST_KEPT = 20_000


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
    few = frozenset({"login"})

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        table = self.shape.table
        here = (table.c.login == bindparam("login")) & (table.c.contact == bindparam("contact"))
        self._forget = Prepared(delete(table).where(here))
        self._forget_expired = Prepared(delete(table).where(table.c.expires_at <= bindparam("now")))
        self._upsert = Prepared(self._upserting())
        self._bindings = KeptBindings(MOST_KEPT if database.driver.is_sqlite else 0)

    def _upserting(self) -> Any:
        """A contact that is known keeps its SID and the date when it was new."""
        table = self.shape.table
        insert = insert_in_sqlite(table) if self.database.driver.is_sqlite else insert_in_postgresql(table)
        insert = insert.values({field: bindparam(field) for field in self.shape.fields})
        renewed = [field for field in self.shape.fields if field not in ("sid", "date_created", "login", "contact")]
        return insert.on_conflict_do_update(
            index_elements=[table.c.login, table.c.contact],
            set_={table.c[field]: insert.excluded[field] for field in renewed},
        )

    async def bindings_of(self, login: str) -> list[RegistrationRecord]:
        """All contacts of a login, the expired ones too. The records are not to be changed: they may be remembered."""
        known = self._bindings.find(login)
        if known is None:
            before = self._bindings.changes
            known = await self.find(login=login)
            if before == self._bindings.changes:
                self._bindings.keep(login, known)
        return list(known)

    async def replace(
        self, client: ClientRecord, upserts: Sequence[Bound], deletions: Sequence[Bound], node: str | None = None
    ) -> None:
        """Deletes, then inserts or renews, by (login, contact): all or nothing, and committed on return."""
        now = self.database.clock.utc()
        login, before = client.login, self._bindings.upheavals
        gone = [{"login": bound.login, "contact": bound.contact} for bound in deletions]
        records = [_record(client, bound, now, node) for bound in upserts]
        kept = [self.shape.encode(record) for record in records]

        def change(writing: Writing) -> None:
            writing.when_committed(partial(self._bindings.forget, login))
            for contact in gone:
                writing.run(self._forget, contact)
            for values in kept:
                writing.run(self._upsert, values)

        if gone or kept:
            known = self._bindings.find(login)
            await self.database.write(change)
            if known is not None and before == self._bindings.upheavals:
                self._bindings.keep(login, _after(known, deletions, records))

    async def delete_expired(self, now: datetime) -> int:
        """Forgets what expired by ``now``; how many."""
        given = {"now": to_milliseconds(now)}

        def change(writing: Writing) -> int:
            count = writing.run(self._forget_expired, given)
            if count:
                self._touch(writing)
            return count

        return int((await self.database.write(change))[0])

    def _touch(self, writing: Writing) -> None:
        writing.when_committed(self._bindings.forget_all)


def _after(
    known: Sequence[RegistrationRecord], deletions: Sequence[Bound], renewed: Sequence[RegistrationRecord]
) -> list[RegistrationRecord]:
    """What the table holds for a login after a `Registrations.replace`, in its order: a known contact keeps its row."""
    gone = {bound.contact for bound in deletions}
    rows = {record.contact: record for record in known if record.contact not in gone}
    for record in renewed:
        if (old := rows.get(record.contact)) is not None:
            record = replace(record, sid=old.sid, date_created=old.date_created)
        rows[record.contact] = record
    return list(rows.values())


def _record(client: ClientRecord, bound: Bound, now: datetime, node: str | None) -> RegistrationRecord:
    return RegistrationRecord(
        sid=new_sid("RG"),
        date_created=now,
        date_updated=now,
        account_sid=client.account_sid,
        client_sid=client.sid,
        login=bound.login,
        contact=bound.contact,
        expires_at=bound.expires_at,
        call_id=bound.call_id,
        cseq=bound.cseq,
        source=bound.source,
        instance=bound.instance,
        user_agent=bound.user_agent,
        path=tuple(bound.path),
        q=bound.q,
        display_name=bound.display_name,
        node=node,
    )
