"""Seals stretches of calls that are over, in the background, so that every list of them is counted by their index.

A candidate is committed first, and whoever changes a call in it from then on breaks it; the calls are read when no
transaction is left that may not have seen the candidate; it counts only when it was not broken until its index was
complete. A crash at any point leaves a candidate that nobody reads, and that is deleted later.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import and_, bindparam, delete, func, insert, literal_column, or_, select, update

from ringback.store.asked import ALWAYS
from ringback.store.call_keys import KINDS, PARTS, keys_of
from ringback.store.call_totals import OPEN
from ringback.store.calls import CALLS
from ringback.store.database import Database
from ringback.store.prepared import Prepared
from ringback.store.readers import Reading
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
    Sealed,
    Stretch,
    head_of_ids,
)
from ringback.store.table import to_milliseconds
from ringback.store.writing import Change, Later, Writing

_log = structlog.get_logger("ringback.store")
#: calls of the smallest stretch at the end, of those that small ones are joined to, and of the largest
SMALL = 1024
MIDDLE = 8192
LARGE = 32_768
#: most calls of one stretch: a row's number has 16 bits
MOST = 65_536
#: milliseconds after which nobody is likely to add a call, and after which open calls do not hinder
_SETTLED = 10_000
_PATIENT = 120_000
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
_FIELDS = tuple(dict.fromkeys(field for field, _ in KINDS.values()))
_TEXTS = tuple(position for position, field in enumerate(_FIELDS) if CALLS.is_text(field))


@dataclass(frozen=True, slots=True)
class Span:
    """Calls of an account created after ``after`` up to and with ``upto``, in milliseconds."""

    account: str
    after: int
    upto: int


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
        since, self._since = self._since, now - _SETTLED - _PATIENT
        found = await self._database.snapshot(lambda reading: _accounts(reading, since))
        accounts, self._unsettled = self._unsettled | found, set()
        sealed = 0
        for account in sorted(accounts):
            sealed += await self._seal_account(account, now, gently)
        await self._clear(now)
        return sealed

    async def _seal_account(self, account: str, now: int, gently: bool) -> int:
        sealed = 0
        while (plan := await self._database.snapshot(lambda reading: next_span(reading, account, now))) is not None:
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

    async def seal(self, span: Span) -> bool:
        """Seals the calls of ``span``; whether nothing hindered it."""
        begun = to_milliseconds(self._database.clock.utc())
        number = (await self._database.write(_beginning(span, begun)))[0]
        done = False
        try:
            if await self._wait_for_others():
                rows = await self._database.snapshot(lambda reading: _read(reading, span))
                done = rows is not None and await self._index(number, span, rows)
        finally:
            if not done:
                await self._database.write(_running(_GIVE_UP, {"stretch": number}))
        return done

    async def _index(self, number: int, span: Span, rows: Sequence[Any]) -> bool:
        """Writes the index, a few blocks at a time so that nobody waits long; whether the candidate is whole."""
        named = [dict(zip(_FIELDS, row[1:], strict=True)) for row in rows]
        await self._database.write(_adding(number, IDS, _blocks_of_ids([row[0] for row in rows])))
        for kind in KINDS:
            blocks = await asyncio.to_thread(lambda kind=kind: list(blocks_of(keys_of(kind, named), PARTS[kind])))  # type: ignore[misc]
            for first in range(0, len(blocks), _TOGETHER):
                await self._database.write(_adding(number, kind, blocks[first : first + _TOGETHER]))
        return bool((await self._database.write(_finishing(number, span, len(rows))))[0])

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


# what is to be sealed, in a reader's thread


def next_span(reading: Reading, account: str, now: int) -> Span | str | None:
    """What is best sealed next; a word why not yet; None: everything that is worth it is sealed."""
    if reading.rows(_CANDIDATES, {"account": account, "since": now - _PATIENT}):
        return "somebody else is sealing"
    sealed = Sealed(reading, account)
    end = now - _SETTLED
    gaps = [gap for gap in sealed.gaps(ALWAYS) if gap[0] < end]
    for low, high in gaps:
        is_last = high == ALWAYS[1]
        bounds = {"account": account, "low": low, "high": min(high, end)}
        upto = _nth(reading, bounds, LARGE)
        if upto is None and not is_last:
            return Span(account, low - 1, high - 1)
        if upto is None and (upto := _nth(reading, bounds, SMALL)) is None:
            continue
        if _nth(reading, bounds, MOST) == upto:
            continue  # too many calls of one millisecond
        if upto > now - _PATIENT and reading.rows(_OPEN_CALLS, bounds | {"high": upto + 1}):
            return "calls are still open"
        return Span(account, low - 1, upto)
    return _joined(account, sealed)


def _nth(reading: Reading, bounds: dict[str, Any], number: int) -> int | None:
    """When the call ``number`` within ``bounds`` was created."""
    rows = reading.rows(_NTH, bounds | {"skipped": number - 1})
    return int(rows[0][0]) if rows else None


def _joined(account: str, sealed: Sealed) -> Span | None:
    """Small stretches in a row that make a larger one."""
    for size in (LARGE, MIDDLE):
        run: list[Stretch] = []
        for stretch in sealed.stretches:
            if run and run[-1].upto != stretch.after:
                run = []
            run = [*run, stretch] if stretch.n <= size // 2 else []
            if sum(each.n for each in run) >= size:
                return Span(account, run[0].after, run[-1].upto)
    return None


def _accounts(reading: Reading, since: int | None) -> set[str]:
    """Accounts with calls since a moment or broken stretches; with any calls when ``since`` is None."""
    if since is not None:
        return {row[0] for row in reading.rows(_RECENT, {"since": since})}
    found: set[str] = set()
    rows = reading.rows(_NEXT_ACCOUNT, {"account": ""})
    while rows[0][0] is not None:
        found.add(rows[0][0])
        rows = reading.rows(_NEXT_ACCOUNT, {"account": rows[0][0]})
    return found


def _read(reading: Reading, span: Span) -> Sequence[Any] | None:
    """The calls of ``span``, the oldest first; None: they cannot be sealed."""
    rows = reading.rows(_ROWS, {"account": span.account, "low": span.after, "high": span.upto})
    if len(rows) > MOST or any("\0" in (row[1 + position] or "") for row in rows for position in _TEXTS):
        return None
    return rows


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


_S, _C = STRETCHES.c, CALLS.table.c
_WITHIN = (
    _C.account_sid == bindparam("account"),
    _C.date_created >= bindparam("low"),
    _C.date_created < bindparam("high"),
)
_BY_AGE = (_C.date_created, _C.id)
_NTH = Prepared(select(_C.date_created).where(*_WITHIN).order_by(*_BY_AGE).limit(1).offset(bindparam("skipped")))
_OPEN_CALLS = Prepared(select(_C.id).where(*_WITHIN, or_(*(_C.status == one for one in OPEN))).limit(1))
_ROWS = Prepared(
    select(_C.id, *(_C[field] for field in _FIELDS))
    .where(
        _C.account_sid == bindparam("account"),
        _C.date_created > bindparam("low"),
        _C.date_created <= bindparam("high"),
    )
    .order_by(*_BY_AGE)
    .limit(MOST + 1)
)
_NEXT_ACCOUNT = Prepared(select(func.min(_C.account_sid)).where(_C.account_sid > bindparam("account")))
_RECENT = Prepared(
    select(_C.account_sid)
    .where(_C.date_created >= bindparam("since"))
    .union(select(_S.account_sid).where(_S.state == BROKEN))
)
_CANDIDATES = Prepared(
    select(_S.id).where(_S.account_sid == bindparam("account"), _S.state == CANDIDATE, _S.begun > bindparam("since"))
)
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
