"""What a list is asked for, sorted into what kept counts can tell and the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ringback.store.table import Shape
from ringback.store.where import Where

_DAY = 86_400_000

#: from the first up to but not the second, in milliseconds since 1970
Bounds = tuple[int, int]
#: every moment
ALWAYS: Bounds = (-(1 << 60), 1 << 60)
_BEGIN, _END = ALWAYS


@dataclass(slots=True)
class Asked:
    """``accounts``: the one condition on accounts. ``bounds``: fields that are moments. ``rest``: all else."""

    where: Sequence[Where]
    shape: Shape[Any]
    accounts: Where | None = None
    status: str | None = None
    bounds: dict[str, Bounds] = field(default_factory=dict)
    rest: list[Where] = field(default_factory=list)

    @classmethod
    def of(cls, where: Sequence[Where], shape: Shape[Any]) -> "Asked":
        asked = cls(where, shape)
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
        where = self.without(name).where
        return [*where, *bounded(name, bounds)]

    def without(self, name: str) -> "Asked":
        """The same without any condition on one field."""
        return Asked.of([condition for condition in self.where if condition.field != name], self.shape)


def bounded(name: str, bounds: Bounds) -> list[Where]:
    """Conditions that say so; a bound that excludes nothing is left out."""
    low = [Where(name, ">=", bounds[0])] if bounds[0] != _BEGIN else []
    return [*low, Where(name, "<", bounds[1])] if bounds[1] != _END else low


def intersection(one: Bounds, other: Bounds) -> Bounds:
    """What is in both; the second is not above the first when nothing is."""
    return max(one[0], other[0]), min(one[1], other[1])


def spans(bounds: Bounds) -> Sequence[tuple[int, Bounds, bool]]:
    """``bounds`` as whole days (UTC) with less than half a day at either edge added (1) or taken away (-1).

    Each with whether it is made of whole days; bounds within one day are themselves.
    """
    low, high = bounds
    if low >= high:
        return []
    if low > _BEGIN and high < _END and low // _DAY == (high - 1) // _DAY and (low % _DAY or high % _DAY):
        return [(1, bounds, False)]
    first = low if low == _BEGIN else (low + _DAY // 2) // _DAY * _DAY
    end = high if high == _END else (high + _DAY // 2) // _DAY * _DAY
    found = [(1, (first, end), True)] if first < end else []
    if first != low:
        found.append((1, (low, first), False) if low < first else (-1, (first, low), False))
    if end != high:
        found.append((1, (end, high), False) if end < high else (-1, (high, end), False))
    return found


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
