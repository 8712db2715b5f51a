"""Conditions of a query: one field, one comparison, one value. Several of them must all hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Comparison = Literal["=", "<>", "in", ">=", ">", "<=", "<", "starts", "ends", "contains", "tree", "over days"]


@dataclass(frozen=True, slots=True)
class Where:
    """``field`` of the record compared with ``value``; ``indexed`` False: checked on rows found another way."""

    field: str
    comparison: Comparison
    value: Any
    indexed: bool = True


def equal(field: str, value: Any) -> Where:
    """Equal; None: has no value."""
    return Where(field, "=", value)


def not_equal(field: str, value: Any) -> Where:
    return Where(field, "<>", value)


def any_of(field: str, values: Sequence[Any]) -> Where:
    return Where(field, "in", tuple(values))


def at_least(field: str, value: Any) -> Where:
    return Where(field, ">=", value)


def above(field: str, value: Any) -> Where:
    return Where(field, ">", value)


def at_most(field: str, value: Any) -> Where:
    return Where(field, "<=", value)


def below(field: str, value: Any) -> Where:
    return Where(field, "<", value)


def starts_with(field: str, value: str) -> Where:
    """Case matters."""
    return Where(field, "starts", value)


def ends_with(field: str, value: str) -> Where:
    """Case matters: ``5551212`` and ``16175551212`` both find ``+16175551212``."""
    return Where(field, "ends", value)


def contains(field: str, value: str) -> Where:
    """Case does not matter for ASCII letters."""
    return Where(field, "contains", value)


def over_days() -> Where:
    """Of calls: not created, started and ended on one day (UTC), or not over."""
    return Where("end_time", "over days", None)


def in_tree(account_sid: str, field: str = "account_sid") -> Where:
    """Belongs to the account or to any account below it."""
    return Where(field, "tree", account_sid)


def padded(field: str, values: Sequence[Any]) -> Where:
    """``field`` is one of ``values``; few forms of statement for many lengths of list."""
    length = 1 << max(0, len(values) - 1).bit_length()
    return any_of(field, [*values, *[values[-1]] * (length - len(values))])
