"""What a list is asked for, sorted into what kept counts can tell and the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ringback.store.table import Shape
from ringback.store.where import Where

_DAY = 86_400_000
_BEGIN, _END = -(1 << 60), 1 << 60

#: from the first up to but not the second, in milliseconds since 1970
Bounds = tuple[int, int]


@dataclass(slots=True)
class Asked:
    """``accounts``: the one condition on accounts. ``bounds``: fields that are moments. ``rest``: all else."""

    where: Sequence[Where]
    accounts: Where | None = None
    status: str | None = None
    bounds: dict[str, Bounds] = field(default_factory=dict)
    rest: list[Where] = field(default_factory=list)

    @classmethod
    def of(cls, where: Sequence[Where], shape: Shape[Any]) -> "Asked":
        asked = cls(where)
        for condition in where:
            if not asked._takes(condition, shape):
                asked.rest.append(condition)
        return asked

    def _takes(self, condition: Where, shape: Shape[Any]) -> bool:
        name, how, value = condition.field, condition.comparison, condition.value
        if name == "account_sid" and how in ("=", "in", "tree") and self.accounts is None and value is not None:
            self.accounts = condition
            return True
        if name == "status" and how == "=" and self.status is None and value is not None:
            self.status = value
            return True
        if shape.is_moment(name) and (bounds := _bounds(how, shape.encode_value(name, value))) is not None:
            before = self.bounds.get(name, (_BEGIN, _END))
            self.bounds[name] = (max(before[0], bounds[0]), min(before[1], bounds[1]))
            return True
        return False

    def within(self, name: str, bounds: Bounds) -> list[Where]:
        """The same conditions with other bounds of one field."""
        others = [condition for condition in self.where if condition.field != name]
        return [*others, Where(name, ">=", bounds[0]), Where(name, "<", bounds[1])]


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days from ``first`` up to but not ``end`` (numbers of days since 1970; None: unlimited)."""

    first: int | None
    end: int | None
    edges: tuple[Bounds, ...]


def whole_days(bounds: Bounds) -> Days | None:
    """The whole days of ``bounds`` and the parts of days at its edges; None when no midnight lies inside."""
    low, high = bounds
    first, end = -(-low // _DAY), high // _DAY
    if first > end:
        return None
    edges = []
    if low != _BEGIN and first * _DAY > low:
        edges.append((low, first * _DAY))
    if high != _END and end * _DAY < high:
        edges.append((end * _DAY, high))
    return Days(None if low == _BEGIN else first, None if high == _END else end, tuple(edges))


def _bounds(how: str, value: Any) -> Bounds | None:
    if value is None:
        return None
    match how:
        case "=":
            return (value, value + 1)
        case ">=":
            return (value, _END)
        case ">":
            return (value + 1, _END)
        case "<=":
            return (_BEGIN, value + 1)
        case "<":
            return (_BEGIN, value)
    return None
