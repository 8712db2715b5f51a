"""Reads the kept counts."""

from sqlalchemy import ColumnElement, bindparam, func, select

from ringback.store.counts import COUNTS
from ringback.store.prepared import Prepared
from ringback.store.readers import Reading
from ringback.store.tree import accounts_of_tree
from ringback.store.where import Where


class Totals:
    """True totals by account, first key (a range) and second key."""

    def __init__(self) -> None:
        self._made: dict[object, Prepared] = {}

    def count(self, reading: Reading, kind: str, accounts: Where, first: str, end: str, key2: str | None = None) -> int:
        """How many rows have a first key from ``first`` up to but not ``end``, and the second key (None: any)."""
        parameters = {"kind": kind, "first": first, "end": end, "key2": key2}
        if accounts.comparison == "in":
            parameters |= {f"account_{number}": value for number, value in enumerate(accounts.value)}
        else:
            parameters["account"] = accounts.value
        if key2 is None:
            del parameters["key2"]
        rows = reading.rows(self._statement(accounts, key2 is not None), parameters)
        return int(rows[0][0] or 0)

    def _statement(self, accounts: Where, with_key2: bool) -> Prepared:
        form = (accounts.comparison, len(accounts.value) if accounts.comparison == "in" else 0, with_key2)
        statement = self._made.get(form)
        if statement is None:
            counts = COUNTS.c
            clauses = [
                counts.kind == bindparam("kind"),
                _of(accounts),
                counts.key1 >= bindparam("first"),
                counts.key1 < bindparam("end"),
            ]
            if with_key2:
                clauses.append(counts.key2 == bindparam("key2"))
            statement = self._made[form] = Prepared(select(func.sum(counts.n)).where(*clauses))
        return statement


def _of(accounts: Where) -> ColumnElement[bool]:
    column = COUNTS.c.account_sid
    if accounts.comparison == "in":
        return column.in_([bindparam(f"account_{number}") for number in range(len(accounts.value))])
    if accounts.comparison == "tree":
        return column.in_(accounts_of_tree(bindparam("account", type_=column.type)))
    return column == bindparam("account")
