"""Counts that are kept as rows change, so that the true total of a list costs no counting.

A count is of one ``kind``, one account and two keys; ``n`` rows have them, and ``total`` is the sum of what is added up
(for calls: seconds). Changes of one transaction are gathered and written once a key, in one order everywhere, so that
two servers never wait for each other in a circle.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Column, Table, bindparam
from sqlalchemy.dialects.postgresql import insert as insert_in_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_in_sqlite

from ringback.store.connection import Connection
from ringback.store.prepared import Prepared
from ringback.store.table import METADATA, TEXT, from_milliseconds
from ringback.store.touched import break_stretches

#: kind, account SID, first key, second key
Key = tuple[str, str, str, str]
_DAY = 86_400_000

COUNTS = Table(
    "counts",
    METADATA,
    Column("kind", TEXT, primary_key=True),
    Column("account_sid", TEXT, primary_key=True),
    Column("key1", TEXT, primary_key=True),
    Column("key2", TEXT, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


@lru_cache(4096)
def _day(number: int) -> str:
    return from_milliseconds(number * _DAY).strftime("%Y-%m-%d")


def day_of(milliseconds: int | None) -> str:
    """The UTC day of a moment as ``2026-11-24``; nothing for none."""
    return "" if milliseconds is None else _day(milliseconds // _DAY)


class Gathered:
    """What one transaction changes in the counts, and the calls that it touches."""

    def __init__(self) -> None:
        self._changes: dict[Key, list[int]] = {}
        #: account and creation (milliseconds) of each call that is made, changed or deleted
        self.touched: set[tuple[str, int]] = set()

    def add(self, key: Key, n: int, total: int = 0) -> None:
        change = self._changes.get(key)
        if change is None:
            self._changes[key] = [n, total]
        else:
            change[0] += n
            change[1] += total

    def take(self, others: "Gathered") -> None:
        for key, (n, total) in others._changes.items():
            self.add(key, n, total)
        self.touched |= others.touched

    def write(self, connection: Connection, upsert: Prepared) -> None:
        rows = [_row(key, change) for key, change in sorted(self._changes.items()) if change[0] or change[1]]
        if rows:
            connection.run_each(upsert, rows)
        break_stretches(connection, self.touched)


def _row(key: Key, change: Iterable[int]) -> Mapping[str, Any]:
    return dict(zip(("kind", "account_sid", "key1", "key2", "n", "total"), (*key, *change), strict=True))


def upsert_for(sqlite: bool) -> Prepared:
    """Adds to a count that may not exist yet."""
    insert = insert_in_sqlite(COUNTS) if sqlite else insert_in_postgresql(COUNTS)
    insert = insert.values({column.name: bindparam(column.name) for column in COUNTS.columns})
    return Prepared(
        insert.on_conflict_do_update(
            index_elements=[COUNTS.c.kind, COUNTS.c.account_sid, COUNTS.c.key1, COUNTS.c.key2],
            set_={"n": COUNTS.c.n + insert.excluded.n, "total": COUNTS.c.total + insert.excluded.total},
        )
    )
