"""Rows: reads and changes of one table, the same for every table; a table's own file adds what is special."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar, cast

import msgspec
import structlog
from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update

from ringback.store.connection import Outcome
from ringback.store.counts import Key, day_of
from ringback.store.database import Database
from ringback.store.kept import Kept
from ringback.store.listing import Listing
from ringback.store.page import YOUNGEST_FIRST, Page, Sort
from ringback.store.prepared import Prepared
from ringback.store.table import Shape
from ringback.store.where import Where
from ringback.store.writing import Change, Entry, Later, Recorded, Writing

Record = TypeVar("Record", bound=msgspec.Struct)
_log = structlog.get_logger("ringback.store")


class Rows(Generic[Record]):
    """The records of one table. Writes that are awaited are committed when they return."""

    #: how records lie in the table
    shape: ClassVar[Shape[Any]]
    #: whether true totals are kept as rows change (by account, day and status)
    counted: ClassVar[bool] = False
    #: fields by which few rows are found, so that `find` may look them up on the spot
    few: ClassVar[frozenset[str]] = frozenset()
    #: whether what is read a record at a time is kept in memory: for tables that are read far more often than changed
    keeps: ClassVar[bool] = False

    def __init__(self, database: Database) -> None:
        self.database = database
        table = self.shape.table
        self._columns = self.shape.columns
        self._made: dict[object, Prepared] = {}
        self._by_sid = Prepared(select(*self._columns).where(table.c.sid == bindparam("sid")), point=True)
        self._insert = Prepared(insert(table).values({field: bindparam(field) for field in self.shape.fields}))
        self._delete = Prepared(delete(table).where(table.c.sid == bindparam("sid")))
        self._points = self.few | {index.columns[0].key for index in table.indexes if index.unique} | {"sid"}
        self._tally_fields = [field for field in self.tally_fields if field in self.shape.fields]
        self._counting_fields = self.touching_fields.union(self._tally_fields)
        self._listing = self._make_listing()
        self._kept: Kept[Record] | None = Kept() if self.keeps and database.driver.is_sqlite else None
        database.recorders[self.shape.name] = self.recorded

    def _make_listing(self) -> Listing[Record]:
        return Listing(self.shape, counted=self.counted)

    # reads

    async def get(self, sid: str) -> Record | None:
        """The record named ``sid``."""
        return await self._only(self._by_sid, {"sid": sid})

    async def find(self, **equal: Any) -> list[Record]:
        """Every record whose fields have these values (None: have no value), the oldest first. For few records."""
        statement = self._find_statement(equal, first=False)
        rows = await self.database.read(statement, self._given(equal))
        return [self.shape.decode(row) for row in rows]

    async def first(self, **equal: Any) -> Record | None:
        """The oldest record whose fields have these values."""
        return await self._only(self._find_statement(equal, first=True), self._given(equal))

    async def _only(self, statement: Prepared, given: Mapping[str, Any]) -> Record | None:
        """The record that ``statement`` finds; from memory when it was asked before."""
        kept = self._kept if statement.point else None
        if kept is None:
            return self._decoded(await self.database.read(statement, given))
        question = (statement, *given.values())
        known, record = kept.find(question)
        if not known:
            record = self._decoded(await self.database.read(statement, given))
            kept.keep(question, record)
        return record

    def _decoded(self, rows: Sequence[Sequence[Any]]) -> Record | None:
        return self.shape.decode(rows[0]) if rows else None

    async def page(
        self,
        *where: Where,
        sort: Sort = YOUNGEST_FIRST,
        limit: int = 50,
        offset: int = 0,
        after: str | None = None,
    ) -> Page[Record]:
        """A page of the records for which all of ``where`` holds, with the true total of all pages.

        ``after``: the SID of the last record of the page before; costs the same however deep. ``offset``: how many
        records are skipped; costs more the deeper it goes. Raises `BadParameter` when there is no record ``after``.
        """
        return await self.database.snapshot(
            lambda reading: self._listing.page(reading, where, sort, limit, offset=offset, after=after)
        )

    async def count(self, *where: Where) -> int:
        """How many records there are for which all of ``where`` holds, exactly."""
        return await self.database.snapshot(lambda reading: self._listing.count(reading, where))

    # changes

    async def insert(self, record: Record) -> None:
        """Keeps a new record. Raises `AlreadyThere` when a unique value of it is taken."""
        await self.database.write(self.inserting(record))

    async def change(self, sid: str, **values: Any) -> Record | None:
        """Sets some fields; the changed record, or None when there is no such record."""
        _, after = await self.database.write(self.amending(sid, **values), lambda writing: self.reread(writing, sid))
        return cast("Record | None", after)

    async def delete(self, sid: str) -> bool:
        """Whether there was such a record."""
        return bool((await self.database.write(self.deleting(sid)))[0])

    async def delete_where(self, **equal: Any) -> int:
        """Deletes every record whose fields have these values; how many."""
        found = await self.find(**equal)
        done = await self.database.write(*(self.deleting(record.sid) for record in found)) if found else []  # type: ignore[attr-defined]
        return sum(done)

    def put(self, record: Record) -> "asyncio.Future[None]":
        """Queues a new record at once; what is returned resolves when it is kept, and need not be awaited.

        Kept is what is committed, or waits on the disk for the end of an outage.
        """
        return self._queued(self.inserting(record))

    def amend(self, sid: str, **values: Any) -> "asyncio.Future[None]":
        """Queues a change of some fields at once, after all that was queued before."""
        return self._queued(self.amending(sid, **values))

    def _queued(self, change: Recorded) -> "asyncio.Future[None]":
        done = self.database.submit(change)
        done.add_done_callback(self._report)
        return cast("asyncio.Future[None]", done)

    def _report(self, done: "asyncio.Future[Any]") -> None:
        if not done.cancelled() and (error := done.exception()) is not None:
            _log.error("a record was not kept", table=self.shape.table.name, error=str(error))

    # the same as changes of a larger transaction, for `Database.write`

    def inserting(self, record: Record) -> Recorded:
        """A change that keeps ``record`` as it is now."""
        return self.recorded(Entry(self.shape.name, "insert", self.shape.encode(record)))

    def amending(self, sid: str, **values: Any) -> Recorded:
        """A change that sets some fields, ``date_updated`` to now too; its result: whether there is such a record."""
        if "date_updated" in self.shape.fields:
            values.setdefault("date_updated", self.database.clock.utc())
        return self.recorded(Entry(self.shape.name, "amend", self.shape.encode_values(values) | {"sid": sid}))

    def recorded(self, entry: Entry) -> Recorded:
        """The change that ``entry`` stands for."""
        return Recorded(
            entry, self._insertion(entry.values) if entry.action == "insert" else self._amendment(entry.values)
        )

    def _insertion(self, values: Mapping[str, Any]) -> Change:
        def change(writing: Writing) -> None:
            self._touch(writing)
            writing.ask(self._insert, values)
            if self.counted:
                self._count(writing, values, 1)

        return change

    def _amendment(self, given: Mapping[str, Any]) -> Change:
        sid = given["sid"]
        fields = [field for field in given if field != "sid"]
        recounts = self.counted and not self._counting_fields.isdisjoint(fields)
        statement = self._update_statement(fields)

        def change(writing: Writing) -> Later:
            self._touch(writing)
            before = self._counting_values(writing, sid) if recounts else None
            done = writing.ask(statement, given)

            def finish() -> bool:
                if before is not None:
                    self._recount(writing, before.rows, given)
                return done.count > 0

            return Later(finish)

        return change

    def deleting(self, sid: str) -> Change:
        """A change that deletes; its result: whether there was such a record."""

        def change(writing: Writing) -> Later:
            self._touch(writing)
            before = self._counting_values(writing, sid) if self.counted else None
            done = writing.ask(self._delete, {"sid": sid})

            def finish() -> bool:
                for row in before.rows if before is not None else ():
                    self._count(writing, self._named(row), -1)
                return done.count > 0

            return Later(finish)

        return change

    def _touch(self, writing: Writing) -> None:
        if self._kept is not None:
            writing.when_committed(self._kept.forget)

    def reread(self, writing: Writing, sid: str) -> Record | None:
        """The record as it is inside the transaction."""
        return self._decoded(writing.rows(self._by_sid, {"sid": sid}))

    # counting

    def tallies(self, values: Mapping[str, Any]) -> list[tuple[Key, int]]:
        """Under which counts a row is counted, and what it adds to their totals; ``values`` as in the database."""
        return [
            (
                (
                    self.shape.table.name,
                    values["account_sid"],
                    day_of(values["date_created"]),
                    values.get("status", ""),
                ),
                0,
            )
        ]

    #: which fields `tallies` looks at
    tally_fields: ClassVar[tuple[str, ...]] = ("account_sid", "date_created", "status")
    #: which others matter when they change
    touching_fields: ClassVar[frozenset[str]] = frozenset()

    def _count(self, writing: Writing, values: Mapping[str, Any], n: int) -> None:
        for key, total in self.tallies(values):
            writing.count(key, n, total * n)

    def _recount(self, writing: Writing, rows: Sequence[Any], changed: Mapping[str, Any]) -> None:
        for row in rows:
            before = self._named(row)
            self._count(writing, before, -1)
            self._count(writing, before | {field: changed[field] for field in before if field in changed}, 1)

    def _named(self, row: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(self._tally_fields, row, strict=True))

    def _counting_values(self, writing: Writing, sid: str) -> Outcome:
        statement = self._made.get("counting")
        if statement is None:
            table = self.shape.table
            statement = self._made["counting"] = Prepared(
                select(*(table.c[field] for field in self._tally_fields))
                .where(table.c.sid == bindparam("sid"))
                .with_for_update()
            )
        return writing.ask(statement, {"sid": sid})

    # statements

    def _find_statement(self, equal: Mapping[str, Any], *, first: bool) -> Prepared:
        form = ("find", first, tuple((field, value is None) for field, value in equal.items()))
        statement = self._made.get(form)
        if statement is None:
            table = self.shape.table
            clauses: list[ColumnElement[bool]] = [
                table.c[field].is_(None) if value is None else table.c[field] == bindparam(field)
                for field, value in equal.items()
            ]
            query = select(*self._columns).where(*clauses).order_by(table.c.id)
            point = not self._points.isdisjoint(equal)
            statement = self._made[form] = Prepared(query.limit(1) if first else query, point=point)
        return statement

    def _given(self, equal: Mapping[str, Any]) -> dict[str, Any]:
        return {field: self.shape.encode_value(field, value) for field, value in equal.items() if value is not None}

    def _update_statement(self, fields: Sequence[str]) -> Prepared:
        form = ("update", *fields)
        statement = self._made.get(form)
        if statement is None:
            table = self.shape.table
            changes: dict[str, Any] = {field: bindparam(field) for field in fields}
            statement = self._made[form] = Prepared(
                update(table).where(table.c.sid == bindparam("sid")).values(changes)
            )
        return statement
