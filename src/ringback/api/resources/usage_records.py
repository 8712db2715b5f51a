"""Usage records: how many calls an account had, and how many minutes they took, by day, month, year or altogether."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, select

from ringback.api.asked import Asked
from ringback.api.dialect import Dialect
from ringback.api.filter import DAY, a_day
from ringback.api.kind import Kind, with_plus
from ringback.api.page import Page, wanted_page
from ringback.api.permission import Deed
from ringback.api.property import API_VERSION_OF_TWILIO, computed, prop, shown, text
from ringback.api.resource import Resource
from ringback.api.routes import Action, Route, Shows
from ringback.kernel.errors import BadParameter, NotFound
from ringback.store.call_totals import STARTED
from ringback.store.counts import COUNTS
from ringback.store.prepared import Prepared
from ringback.store.rows import Rows
from ringback.store.store import Store

CATEGORY: Final = "calls"
_DAYS = Prepared(
    select(COUNTS.c.key1, COUNTS.c.n, COUNTS.c.total).where(
        COUNTS.c.kind == STARTED,
        COUNTS.c.account_sid == bindparam("account"),
        COUNTS.c.key1 >= bindparam("first"),
        COUNTS.c.key1 <= bindparam("last"),
        COUNTS.c.key2 == "completed",
    )
)


class UsageRecord(msgspec.Struct, kw_only=True):
    """``usage`` in whole minutes, begun ones counted; dates as ``2026-01-31``. All are strings, as they always were."""

    category: str = CATEGORY
    description: str = "Total Calls"
    account_sid: str
    start_date: str
    end_date: str
    usage: str
    usage_unit: str = "minutes"
    count: str
    count_unit: str = "calls"
    price: str = "0.0"
    price_unit: str = "USD"
    uri: str
    as_of: str = ""


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


#: the first and last day of the span that a day belongs to
_SPANS: Final[dict[str, Callable[[date], tuple[date, date]]]] = {
    "daily": lambda day: (day, day),
    "monthly": lambda day: (day.replace(day=1), _month_end(day)),
    "yearly": lambda day: (day.replace(month=1, day=1), day.replace(month=12, day=31)),
}
#: the limits of what is counted, when it is asked on a day
_LIMITS: Final[dict[str, Callable[[date], tuple[date, date]]]] = {
    "today": lambda day: (day, day),
    "yesterday": lambda day: (day - timedelta(days=1), day - timedelta(days=1)),
    "thismonth": lambda day: (day.replace(day=1), _month_end(day)),
    "lastmonth": lambda day: (
        (day.replace(day=1) - timedelta(days=1)).replace(day=1),
        day.replace(day=1) - timedelta(days=1),
    ),
}
_DAYS_AWAY: Final = re.compile("[+-]?[0-9]{1,5}days")
_DATE: Final = Kind({"type": "string"}, taken=f"{DAY}|[+-]?[0-9]{{1,5}}days")
_EVER: Final = (date(1970, 1, 1), date(9999, 12, 31))


_NAMES: Final = ("Daily", "Monthly", "Yearly", "AllTime", "Today", "Yesterday", "ThisMonth", "LastMonth")
_PERIODS: Final = re.compile(f"(?:{'|'.join(_NAMES)})", re.IGNORECASE)


class UsageRecords(Resource[UsageRecord]):
    """Read from the counts that are kept as calls end, so that it costs the same however many calls there are."""

    def routes(self, dialect: Dialect) -> list[Route]:
        action = Action(Deed.READ, self.target, self.answer_list, shows=Shows.LIST)
        place = f"{self.below}/{self.path}"
        of_period = replace(action, about=_PERIODS)
        return [Route(place, {"GET": action}), Route(f"{place}/{{period}}", {"GET": of_period})]

    async def page(self, asked: Asked, *more: Any) -> Page:
        wanted = wanted_page(asked.query)
        records = await self._records(asked)
        items = records[wanted.offset : wanted.offset + wanted.size]
        return Page(items, len(records), wanted, asked.path, asked.query, None)

    async def _records(self, asked: Asked) -> list[UsageRecord]:
        period = asked.names.get("period", "AllTime").lower()
        if _PERIODS.fullmatch(asked.names.get("period", "AllTime")) is None:
            raise NotFound(f"There are no records of a period {period}; look at {', '.join(_NAMES)}.")
        limit_of = _LIMITS.get(period)
        first, last = limit_of(asked.house.clock.utc().date()) if limit_of else _EVER
        given = _given_limits(asked)
        first, last = max(first, given[0]), min(last, given[1])
        limits = {"account": asked.account.sid, "first": first.isoformat(), "last": last.isoformat()}
        days = await asked.house.store.database.read(_DAYS, limits)
        if not days or _other_category(asked):
            return []
        whole = (date.fromisoformat(min(day for day, *_ in days)), date.fromisoformat(max(day for day, *_ in days)))
        altogether = (max(first, whole[0]), min(last, whole[1]))
        span_of = _SPANS.get(period)
        sums: dict[tuple[date, date], list[int]] = defaultdict(lambda: [0, 0])
        for day, count, seconds in days:
            of_span = sums[span_of(date.fromisoformat(day)) if span_of else altogether]
            of_span[0] += count
            of_span[1] += seconds
        return [_record(asked, span, *sums[span]) for span in sorted(sums) if sums[span][0]]


def _record(asked: Asked, span: tuple[date, date], count: int, seconds: int) -> UsageRecord:
    start, end = span[0].isoformat(), span[1].isoformat()
    return UsageRecord(
        account_sid=asked.account.sid,
        start_date=start,
        end_date=end,
        usage=str(-(-seconds // 60)),
        count=str(count),
        as_of=asked.house.clock.utc().isoformat(timespec="seconds"),
        uri=f"{asked.path}?Category={CATEGORY}&StartDate={start}&EndDate={end}",
    )


def _other_category(asked: Asked) -> bool:
    return asked.query.get("Category", CATEGORY).lower() not in ("", CATEGORY)


def _given_limits(asked: Asked) -> tuple[date, date]:
    faults: list[str] = []
    found: list[date] = []
    for name, default in zip(("StartDate", "EndDate"), _EVER, strict=True):
        given = with_plus(asked.query.get(name, ""))
        try:
            found.append(_day(given, asked) if given else default)
        except (ValueError, OverflowError):
            faults.append(f"{name} '{given}' is not a date, such as 2026-01-31 or -30days.")
    if faults:
        raise BadParameter(faults)
    return found[0], found[1]


def _day(given: str, asked: Asked) -> date:
    """``2026-01-31``, or so many days from today: ``-30days``."""
    if _DAYS_AWAY.fullmatch(given):
        return asked.house.clock.utc().date() + timedelta(days=int(given.removesuffix("days")))
    return a_day(given)


def _no_rows(_store: Store) -> Rows[UsageRecord]:
    raise AssertionError("usage is counted, not kept in rows")


USAGE_RECORDS = UsageRecords(
    path="Usage/Records",
    element="UsageRecord",
    elements="UsageRecords",
    key="usage_records",
    prefix="",
    sorts=False,
    target="Usage",
    record=UsageRecord,
    rows=_no_rows,
    ends_with_account=False,
    deeds=frozenset({"list"}),
    query=[text("Category"), prop("StartDate", _DATE), prop("EndDate", _DATE)],
    properties=[
        shown(name)
        for name in (
            "Category",
            "Description",
            "AccountSid",
            "StartDate",
            "EndDate",
            "Usage",
            "UsageUnit",
            "Count",
            "CountUnit",
            "Price",
            "PriceUnit",
            "Uri",
        )
    ],
    twilio_path="Usage/Records",
    twilio_key="usage_records",
    twilio=[API_VERSION_OF_TWILIO, computed("AsOf", lambda record, _dialect, _json: record.as_of)],
    description="How many calls an account had and how many minutes they took, by day, month, year or altogether.",
)
