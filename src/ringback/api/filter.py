"""Filters: which items of a list are wanted. Specification, table 4.17; dates are in UTC."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Final, cast

from ringback.api.form import Form
from ringback.api.kind import with_plus
from ringback.api.names import attribute_of
from ringback.kernel.errors import BadParameter
from ringback.store.where import Comparison, Where, any_of

#: a day that there is, from 1900 to 2999, and a moment of it, as ECMAScript understands it too
DAY: Final = (
    r"(?:(?:19|2[0-9])[0-9]{2}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))|(?:(?:19|2[0-9])(?:0[48]|[2468][048]|[13579][26])|2[048]00)-02-29)"
)
_ZONE: Final = r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"
MOMENT: Final = DAY + r"(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?" + _ZONE + ")?"
_DAY, _MOMENT = re.compile(DAY), re.compile(MOMENT)


class Match(Enum):
    """How a filter's value is compared."""

    EQUAL = "equal"
    ENDS = "the end of the value: 6002188 finds +15126002188"
    PART = "a part of the value"
    WHOLE_NUMBER = "an equal number"
    DAY = "on that day in UTC; with <= and >= before and after its midnight"
    FROM_DAY = "from that day on"
    TO_DAY = "up to the end of that day"


@dataclass(frozen=True, slots=True)
class Filter:
    """``values``: those that may be asked for (none: any); ``stored``: for which values in the records one stands."""

    name: str
    attribute: str
    match: Match
    values: tuple[str, ...] = ()
    stored: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def by(
    name: str,
    match: Match = Match.EQUAL,
    attribute: str = "",
    values: Iterable[str] = (),
    stored: Mapping[str, tuple[str, ...]] | None = None,
) -> Filter:
    return Filter(name, attribute or attribute_of(name), match, tuple(values), stored or {})


def conditions_of(filters: Iterable[Filter], query: Form) -> list[Where]:
    """What ``query`` asks for. Raises `BadParameter` with every fault."""
    found: list[Where] = []
    faults: list[str] = []
    for item in filters:
        try:
            found.extend(_conditions(item, query))
        except ValueError as error:
            faults.append(f"{item.name} {error}.")
    if faults:
        raise BadParameter(faults, code=20001)
    return found


def _conditions(item: Filter, query: Form) -> list[Where]:
    if item.match is Match.DAY:
        return [condition for how, given in _inequalities(item.name, query) for condition in _day(item, how, given)]
    given = query.get(item.name)
    if not given:
        return []
    match item.match:
        case Match.FROM_DAY:
            return [Where(item.attribute, ">=", _midnight(given))]
        case Match.TO_DAY:
            return [Where(item.attribute, "<", _midnight(given) + timedelta(days=1))]
        case Match.ENDS:
            return [Where(item.attribute, "ends", with_plus(given).strip("%"))]
        case Match.PART:
            return [Where(item.attribute, "contains", given.strip("%"))]
        case Match.WHOLE_NUMBER:
            if not (given.isascii() and given.isdigit() and len(given) < 10):
                raise ValueError(f"'{given}' is not a whole number")
            return [Where(item.attribute, "=", int(given))]
        case _:
            if item.values and given.lower() not in item.values:
                raise ValueError(f"'{given}' is not one of {', '.join(item.values)}")
            if given in item.stored:
                return [any_of(item.attribute, item.stored[given])]
            return [Where(item.attribute, "=", given.lower() if item.values else given)]


def _inequalities(name: str, query: Form) -> Iterable[tuple[str, str]]:
    """``StartTime=V``, ``StartTime<=V``, ``StartTime>V`` …, the way each looks after its query was split at ``=``."""
    for key, value in query.pairs:
        rest = key.removeprefix(name)
        if rest == key and key != name:
            continue
        if rest in ("", "<", ">"):
            if value:
                yield (f"{rest}=", value)
        elif rest in ("<=", ">="):
            yield (rest, value)
        elif rest[0] in "<>" and not value:
            yield (rest[0], rest[1:])


def _day(item: Filter, how: str, given: str) -> list[Where]:
    start = _midnight(given)
    if how == "=":
        return [Where(item.attribute, ">=", start), Where(item.attribute, "<", start + timedelta(days=1))]
    return [Where(item.attribute, cast(Comparison, how), start)]


def _midnight(given: str) -> datetime:
    """The start of a day ``YYYY-MM-DD``; a full ISO date and time counts as it is."""
    given = with_zone(given)
    if _MOMENT.fullmatch(given) is None:
        raise ValueError(f"'{given}' is not a date: YYYY-MM-DD")
    moment = datetime.fromisoformat(given)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def a_day(given: str) -> date:
    """The day ``YYYY-MM-DD``. Raises `ValueError`."""
    if _DAY.fullmatch(given) is None:
        raise ValueError(f"'{given}' is not a date: YYYY-MM-DD")
    return date.fromisoformat(given)


def with_zone(given: str) -> str:
    """A blank before the zone was a ``+`` that its sender did not escape."""
    return given.replace(" ", "+") if "T" in given else given
