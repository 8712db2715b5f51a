"""Seals stretches of calls that are over, in the background, so that every list of them is counted by their index.

A candidate is committed first, and whoever changes a call in it from then on breaks it; the calls are read when no
transaction is left that may not have seen the candidate; it counts only when it was not broken until its index was
complete. A crash at any point leaves a candidate that nobody reads, and that is deleted later.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import and_, bindparam, delete, insert, literal_column, or_, select, update

from ringback.store import seal_plan, seal_rows
from ringback.store.call_keys import KINDS, PARTS
from ringback.store.database import Database
from ringback.store.prepared import Prepared
from ringback.store.seal_columns import Columns
from ringback.store.seal_plan import PATIENT, SETTLED, Span
from ringback.store.stretch_index import Block, blocks_of
from ringback.store.stretches import (
    BLOCKS,
    BROKEN,
    CANDIDATE,
    FIELDS,
    IDS,
    IDS_TOGETHER,
    SEALED,
    STRETCHES,
    head_of_ids,
)
from ringback.store.table import to_milliseconds
from ringback.store.writing import Change, Later, Writing

_log = structlog.get_logger("ringback.store")
#: milliseconds after which a candidate is given up for its server's sake
_ABANDONED = 3_600_000
#: seconds between looks, at least, and how much longer than the work the pause is
_PERIOD = 5.0
_PAUSE = 4.0
#: blocks that are written in one transaction
_TOGETHER = 32
#: changes that wait when the database counts as busy
_BUSY = 50
#: seconds between looks, and how many there are: until it is quiet, and until others are done
_LOOK = 0.05
_QUIET_LOOKS, _OTHERS_LOOKS = 60, 200


class Sealer:
    """Seals the calls of one database. Several servers may do so at the same time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._since: int | None = None
        self._unsettled: set[str] = set()

    async def run(self) -> None:
        """Seals as calls come in, for ever."""
        in_trouble = False
        while True:
            started = time.monotonic()
            try:
                await self.look(gently=True)
                in_trouble = False
            except Exception as error:
                if not in_trouble:
                    _log.warning("calls cannot be sealed at present; it is tried again", error=str(error))
                in_trouble = True
            await self._database.clock.sleep(max(_PERIOD, _PAUSE * (time.monotonic() - started)))

    async def look(self, *, gently: bool = False) -> int:
        """Seals whatever can be; how many stretches. ``gently``: with pauses, and when few changes wait."""
        now = to_milliseconds(self._database.clock.utc())
        since, self._since = self._since, now - SETTLED - PATIENT
        found = await self._database.snapshot(lambda reading: seal_plan.accounts(reading, since))
        accounts, self._unsettled = self._unsettled | found, set()
        sealed = 0
        for account in sorted(accounts):
            sealed += await self._seal_account(account, now, gently)
        await self._clear(now)
        return sealed

    async def _seal_account(self, account: str, now: int, gently: bool) -> int:
        sealed = 0
        while (plan := await self._plan(account, now)) is not None:
            if isinstance(plan, str):
                self._unsettled.add(account)
                break
            if gently:
                await self._wait_for_quiet()
            started = time.monotonic()
            if not await self.seal(plan):
                self._unsettled.add(account)
                break
            sealed += 1
            if gently:
                await asyncio.sleep(_PAUSE * (time.monotonic() - started))
        return sealed

    async def _plan(self, account: str, now: int) -> Span | str | None:
        return await self._database.snapshot(lambda reading: seal_plan.next_span(reading, account, now))

    async def seal(self, span: Span) -> bool:
        """Seals the calls of ``span``; whether nothing hindered it."""
        begun = to_milliseconds(self._database.clock.utc())
        number = (await self._database.write(_beginning(span, begun)))[0]
        done = False
        try:
            if await self._wait_for_others():
                calls = await self._database.snapshot(lambda reading: seal_rows.read(reading, span))
                done = calls is not None and await self._index(number, span, calls)
        finally:
            if not done:
                await self._database.write(_running(_GIVE_UP, {"stretch": number}))
        return done

    async def _index(self, number: int, span: Span, calls: Columns) -> bool:
        """Writes the index, a few blocks at a time so that nobody waits long; whether the candidate is whole."""
        await self._database.write(_adding(number, IDS, _blocks_of_ids(calls.ids)))
        for kind in KINDS:
            blocks = await asyncio.to_thread(_blocks_of_kind, kind, calls)
            for first in range(0, len(blocks), _TOGETHER):
                await self._database.write(_adding(number, kind, blocks[first : first + _TOGETHER]))
        return bool((await self._database.write(_finishing(number, span, len(calls))))[0])

    async def _wait_for_quiet(self) -> None:
        """A few seconds at most."""
        for _ in range(_QUIET_LOOKS):
            if self._database.waiting <= _BUSY:
                return
            await asyncio.sleep(_LOOK)

    async def _wait_for_others(self) -> bool:
        """Whether every transaction that may not have seen the candidate is over. SQLite has one writer only."""
        if self._database.driver.is_sqlite:
            return True
        edge = (await self._database.read(_NEXT_TRANSACTION))[0][0]
        for _ in range(_OTHERS_LOOKS):
            if (await self._database.read(_OLDEST_TRANSACTION))[0][0] >= edge:
                return True
            await asyncio.sleep(_LOOK)
        return False

    async def _clear(self, now: int) -> None:
        """Deletes what was broken, and what a server left half done."""
        given = {"now": now - _ABANDONED}
        for (number,) in await self._database.read(_LEFT, given):
            for kind in (IDS, *KINDS):
                await self._database.write(_running(_DELETE_BLOCKS, {"stretch": number, "kind": kind}))
            await self._database.write(_running(_DELETE, {"stretch": number}))


def _blocks_of_kind(kind: str, calls: Columns) -> list[Block]:
    return list(blocks_of(calls.ranked(kind), PARTS[kind]))


def _blocks_of_ids(ids: Sequence[int]) -> list[Block]:
    return [
        Block(
            head_of_ids(first // IDS_TOGETHER),
            b"",
            b"",
            first,
            0,
            b"",
            b"".join(each.to_bytes(8) for each in ids[first : first + IDS_TOGETHER]),
            None,
        )
        for first in range(0, len(ids), IDS_TOGETHER)
    ]


# changes


def _beginning(span: Span, begun: int) -> Change:
    given = {"account_sid": span.account, "after": span.after, "upto": span.upto, "begun": begun}

    def change(writing: Writing) -> Later:
        made = writing.ask(_BEGIN, given)
        return Later(lambda: made.rows[0][0])

    return change


def _adding(number: int, kind: str, blocks: Sequence[Block]) -> Change:
    def change(writing: Writing) -> None:
        for block in blocks:
            given = {name: getattr(block, name) for name in FIELDS}
            writing.ask(_ADD, given | {"stretch_id": number, "kind": kind})

    return change


def _finishing(number: int, span: Span, n: int) -> Change:
    """Its result: whether nobody broke it."""

    def change(writing: Writing) -> bool:
        if not writing.run(_FINISH, {"stretch": number, "count": n}):
            return False
        given = {"stretch": number, "account": span.account, "low": span.after, "high": span.upto}
        writing.run(_REPLACE, given)
        return True

    return change


def _running(statement: Prepared, given: dict[str, Any]) -> Change:
    def change(writing: Writing) -> None:
        writing.ask(statement, given)

    return change


_S = STRETCHES.c
_BEGIN = Prepared(
    insert(STRETCHES)
    .values(
        account_sid=bindparam("account_sid"),
        after=bindparam("after"),
        upto=bindparam("upto"),
        begun=bindparam("begun"),
        n=literal_column("-1"),
        state=literal_column(str(CANDIDATE)),
    )
    .returning(_S.id)
)
_ADD = Prepared(insert(BLOCKS).values({name: bindparam(name) for name in ("stretch_id", "kind", *FIELDS)}))
_FINISH = Prepared(
    update(STRETCHES)
    .where(_S.id == bindparam("stretch"), _S.state == literal_column(str(CANDIDATE)))
    .values(state=literal_column(str(SEALED)), n=bindparam("count"))
)
_REPLACE = Prepared(
    update(STRETCHES)
    .where(
        _S.account_sid == bindparam("account"),
        _S.after >= bindparam("low"),
        _S.upto <= bindparam("high"),
        _S.id != bindparam("stretch"),
        _S.state == literal_column(str(SEALED)),
    )
    .values(state=literal_column(str(BROKEN)))
)
#: nobody adds to it any more
_GIVE_UP = Prepared(
    update(STRETCHES)
    .where(_S.id == bindparam("stretch"))
    .values(state=literal_column(str(BROKEN)), n=literal_column("0"))
)
_LEFT = Prepared(
    select(_S.id).where(
        or_(
            and_(_S.state == BROKEN, _S.n >= literal_column("0")),
            and_(_S.state != SEALED, _S.begun < bindparam("now")),
        )
    )
)
_DELETE_BLOCKS = Prepared(
    delete(BLOCKS).where(BLOCKS.c.stretch_id == bindparam("stretch"), BLOCKS.c.kind == bindparam("kind"))
)
_DELETE = Prepared(delete(STRETCHES).where(_S.id == bindparam("stretch")))
_NEXT_TRANSACTION = Prepared(select(literal_column("pg_snapshot_xmax(pg_current_snapshot())::text::bigint")))
_OLDEST_TRANSACTION = Prepared(select(literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint")))
