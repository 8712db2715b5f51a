"""Reads the kept counts."""

from typing import Any

from sqlalchemy import ColumnElement, bindparam, false, func, select

from ringback.store.asked import ALWAYS, Bounds
from ringback.store.counts import COUNTS, day_of
from ringback.store.prepared import Prepared
from ringback.store.query import like
from ringback.store.readers import Reading
from ringback.store.tree import accounts_of_tree
from ringback.store.where import Where

#: sort before and after every day of a row that has one
_NO_DAY, _LAST_DAY = "", "~"
#: sorts after every text that begins alike
_LAST = "\U0010ffff"


class Totals:
    """True totals by account, first key and second key."""

    def __init__(self) -> None:
        self._made: dict[object, Prepared] = {}

    def by_day(self, reading: Reading, kind: str, accounts: Where, days: Bounds, key2: str | None) -> int:
        """How many rows have a day in ``days`` (`ALWAYS`: or none) and the second key ``key2`` (None: any)."""
        first, end = _days(days)
        parameters = {"kind": kind, "first": first, "end": end} | _account_parameters(accounts)
        if key2 is not None:
            parameters["key2"] = key2
        rows = reading.rows(self._by_day(accounts, key2 is not None), parameters)
        return int(rows[0][0] or 0)

    def days(self, reading: Reading, kind: str, accounts: Where, key2: str | None) -> list[tuple[str, int]]:
        """Each day (as text, in order) with the number of its rows that have the second key ``key2`` (None: any)."""
        parameters = {"kind": kind} | _account_parameters(accounts) | ({} if key2 is None else {"key2": key2})
        return [(day, int(n)) for day, n in reading.rows(self._days(accounts, key2 is not None), parameters)]

    def values(self, reading: Reading, kind: str, account: str, asked: Where, most: int) -> list[tuple[str, int]]:
        """Up to ``most`` distinct values that fit ``asked``, each with the number of its rows."""
        parameters = {"kind": kind, "account": account, "most": most} | _value_parameters(asked)
        return [(value[::-1], n) for value, n in reading.rows(self._values(asked.comparison), parameters)]

    def of_values(self, reading: Reading, kind: str, accounts: Where, asked: Where) -> int:
        """How many rows have a value that fits ``asked``."""
        parameters = {"kind": kind} | _account_parameters(accounts) | _value_parameters(asked)
        rows = reading.rows(self._of_values(accounts, asked.comparison, by_day=False, with_status=False), parameters)
        return int(rows[0][0] or 0)

    def of_values_by_day(
        self, reading: Reading, kind: str, accounts: Where, asked: Where, days: Bounds, status: str | None
    ) -> int:
        """The same of those with a day in ``days`` and ``status``; the second key holds both."""
        first_day, end_day = _days(days)
        parameters = {"kind": kind, "first_day": first_day, "end_day": end_day}
        parameters |= _account_parameters(accounts) | _value_parameters(asked)
        if status is not None:
            parameters["status"] = f"% {like(status)}"
        statement = self._of_values(accounts, asked.comparison, by_day=True, with_status=status is not None)
        return int(reading.rows(statement, parameters)[0][0] or 0)

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

    def _days(self, accounts: Where, with_key2: bool) -> Prepared:
        form = ("days", _account_form(accounts), with_key2)
        statement = self._made.get(form)
        if statement is None:
            counts = COUNTS.c
            clauses = [counts.kind == bindparam("kind"), _of(accounts)]
            if with_key2:
                clauses.append(counts.key2 == bindparam("key2"))
            statement = self._made[form] = Prepared(
                select(counts.key1, func.sum(counts.n)).where(*clauses).group_by(counts.key1).order_by(counts.key1)
            )
        return statement

    def _values(self, comparison: str) -> Prepared:
        form = ("values", comparison)
        statement = self._made.get(form)
        if statement is None:
            counts = COUNTS.c
            statement = self._made[form] = Prepared(
                select(counts.key1, counts.n)
                .where(
                    counts.kind == bindparam("kind"),
                    counts.account_sid == bindparam("account"),
                    counts.n > 0,
                    _fits(comparison),
                )
                .limit(bindparam("most"))
            )
        return statement

    def _of_values(self, accounts: Where, comparison: str, *, by_day: bool, with_status: bool) -> Prepared:
        form = ("sum", _account_form(accounts), comparison, by_day, with_status)
        statement = self._made.get(form)
        if statement is None:
            counts = COUNTS.c
            clauses = [counts.kind == bindparam("kind"), _of(accounts), _fits(comparison)]
            if by_day:
                clauses += [counts.key2 >= bindparam("first_day"), counts.key2 < bindparam("end_day")]
            if with_status:
                clauses.append(counts.key2.like(bindparam("status"), escape="\\"))
            statement = self._made[form] = Prepared(select(func.sum(counts.n)).where(*clauses))
        return statement


def _fits(comparison: str) -> ColumnElement[bool]:
    """The first key is the value from its end to its beginning."""
    counts = COUNTS.c
    if comparison == "contains":
        return func.lower(counts.key1).like(func.lower(bindparam("value")), escape="\\")
    if comparison == "starts":
        return counts.key1.like(bindparam("value"), escape="\\")
    return (counts.key1 >= bindparam("first")) & (counts.key1 < bindparam("end"))


def _value_parameters(asked: Where) -> dict[str, Any]:
    match asked.comparison:
        case "contains":
            return {"value": f"%{like(asked.value[::-1])}%"}
        case "starts":
            return {"value": "%" + like(asked.value[::-1])}
        case "ends":
            return {"first": asked.value[::-1], "end": asked.value[::-1] + _LAST}
        case _:  # equal: nothing sorts between a text and the same with a NUL behind it
            return {"first": asked.value[::-1], "end": asked.value[::-1] + "\x01"}


def _days(days: Bounds) -> tuple[str, str]:
    """From which day's text up to but not which; a row without a day is in `ALWAYS` alone."""
    if days == ALWAYS:
        return _NO_DAY, _LAST_DAY
    first = "0" if days[0] == ALWAYS[0] else day_of(days[0])
    return first, _LAST_DAY if days[1] == ALWAYS[1] else day_of(days[1])


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
