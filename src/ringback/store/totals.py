"""Reads the kept counts."""

from typing import Any

from sqlalchemy import ColumnElement, bindparam, false, func, select

from ringback.store.asked import Days
from ringback.store.counts import COUNTS, day_of
from ringback.store.prepared import Prepared
from ringback.store.query import like
from ringback.store.readers import Reading
from ringback.store.tree import accounts_of_tree
from ringback.store.where import Where

_DAY = 86_400_000
#: sort before and after every day of a row that has one
_NO_DAY, _LAST_DAY = "", "~"
#: sorts after every text that begins alike
_LAST = "\U0010ffff"


class Totals:
    """True totals by account, first key and second key."""

    def __init__(self) -> None:
        self._made: dict[object, Prepared] = {}

    def by_day(self, reading: Reading, kind: str, accounts: Where, days: Days | None, key2: str | None) -> int:
        """How many rows have a day in ``days`` (None: any, or none) and the second key ``key2`` (None: any)."""
        first, end = _NO_DAY, _LAST_DAY
        if days is not None:
            first = "0" if days.first is None else day_of(days.first * _DAY)
            end = _LAST_DAY if days.end is None else day_of(days.end * _DAY)
        parameters = {"kind": kind, "first": first, "end": end} | _account_parameters(accounts)
        if key2 is not None:
            parameters["key2"] = key2
        rows = reading.rows(self._by_day(accounts, key2 is not None), parameters)
        return int(rows[0][0] or 0)

    def values(self, reading: Reading, kind: str, account: str, asked: Where, most: int) -> list[tuple[str, int]]:
        """Up to ``most`` distinct values that fit ``asked``, each with the number of its rows."""
        parameters = {"kind": kind, "account": account, "most": most} | _value_parameters(asked)
        return [(value, n) for value, n in reading.rows(self._values(asked.comparison), parameters)]

    def sum_of_values(self, reading: Reading, kind: str, accounts: Where, asked: Where) -> int:
        """How many rows have a value that fits ``asked``."""
        parameters = {"kind": kind} | _account_parameters(accounts) | _value_parameters(asked)
        rows = reading.rows(self._sum_of_values(accounts, asked.comparison), parameters)
        return int(rows[0][0] or 0)

    def _by_day(self, accounts: Where, with_key2: bool) -> Prepared:
        form = ("day", _account_form(accounts), with_key2)
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

    def _values(self, comparison: str) -> Prepared:
        form = ("values", comparison)
        statement = self._made.get(form)
        if statement is None:
            counts = COUNTS.c
            statement = self._made[form] = Prepared(
                select(counts.key2, counts.n)
                .where(
                    counts.kind == bindparam("kind"),
                    counts.account_sid == bindparam("account"),
                    counts.n > 0,
                    _fits(comparison),
                )
                .limit(bindparam("most"))
            )
        return statement

    def _sum_of_values(self, accounts: Where, comparison: str) -> Prepared:
        form = ("sum", _account_form(accounts), comparison)
        statement = self._made.get(form)
        if statement is None:
            counts = COUNTS.c
            statement = self._made[form] = Prepared(
                select(func.sum(counts.n)).where(counts.kind == bindparam("kind"), _of(accounts), _fits(comparison))
            )
        return statement


def _fits(comparison: str) -> ColumnElement[bool]:
    """The first key is the value from its end to its beginning, the second the value itself."""
    counts = COUNTS.c
    if comparison == "contains":
        return func.lower(counts.key2).like(func.lower(bindparam("value")), escape="\\")
    if comparison == "starts":
        return counts.key2.like(bindparam("value"), escape="\\")
    return (counts.key1 >= bindparam("first")) & (counts.key1 < bindparam("end"))


def _value_parameters(asked: Where) -> dict[str, Any]:
    match asked.comparison:
        case "contains":
            return {"value": f"%{like(asked.value)}%"}
        case "starts":
            return {"value": like(asked.value) + "%"}
        case "ends":
            return {"first": asked.value[::-1], "end": asked.value[::-1] + _LAST}
        case _:  # equal: nothing sorts between a text and the same with a NUL behind it
            return {"first": asked.value[::-1], "end": asked.value[::-1] + "\x01"}


def _account_form(accounts: Where) -> object:
    return (accounts.comparison, len(accounts.value) if accounts.comparison == "in" else 0)


def _account_parameters(accounts: Where) -> dict[str, Any]:
    if accounts.comparison == "in":
        return {f"account_{number}": value for number, value in enumerate(accounts.value)}
    return {"account": accounts.value}


def _of(accounts: Where) -> ColumnElement[bool]:
    column = COUNTS.c.account_sid
    if accounts.comparison == "in":
        names: list[ColumnElement[str]] = [bindparam(f"account_{number}") for number in range(len(accounts.value))]
        return column.in_(names) if names else false()
    if accounts.comparison == "tree":
        return column.in_(accounts_of_tree(bindparam("account", type_=column.type)))
    return column == bindparam("account")
