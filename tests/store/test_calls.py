"""Lists of calls: each filter and their combinations against a plain model; totals stay true as calls change."""

import random
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import literal_column

from ringback.store.call_listing import CallListing
from ringback.store.calls import CALLS, CallRecord
from ringback.store.page import OLDEST_FIRST, YOUNGEST_FIRST, Page, Sort
from ringback.store.readers import Reading
from ringback.store.store import Store
from ringback.store.where import (
    Where,
    above,
    any_of,
    at_least,
    at_most,
    below,
    contains,
    ends_with,
    equal,
    in_tree,
    over_days,
    starts_with,
)
from tests.store.records import account, at, call

ROOT, CHILD, STRANGER = ("AC" + digit * 32 for digit in "123")
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
NUMBERS = ["+16175551212", "+16175551213", "16175551212", "5551212", "alice", "bob", "malice", "50%_off", "+49301212"]
STATUSES = ["queued", "ringing", "in-progress", "completed", "completed", "completed", "busy", "failed", "no-answer"]


def some_calls(count: int) -> list[CallRecord]:
    """Over five days; ties of time among them, starts before and after midnight."""
    dice = random.Random(7)
    parents = ["CA" + "a" * 32, None, None, None]
    calls = []
    for _ in range(count):
        created = MIDNIGHT + timedelta(seconds=dice.choice([0, dice.randrange(-2 * 86400, 3 * 86400)]))
        started = created + timedelta(seconds=dice.choice([0, 5, 30]))
        ended = started + timedelta(seconds=dice.choice([0, 60, 7200]))
        calls.append(
            call(
                date_created=created,
                start_time=dice.choice([None, started, started]),
                end_time=dice.choice([None, ended, ended]),
                account_sid=dice.choice([ROOT, ROOT, CHILD, STRANGER]),
                to=dice.choice(NUMBERS),
                from_=dice.choice(NUMBERS),
                status=dice.choice(STATUSES),
                parent_call_sid=dice.choice(parents),
                duration=dice.choice([None, 0, 7]),
                price=dice.choice([None, "0.00", "0.10"]),
                direction=dice.choice(["inbound", "outbound-api"]),
            )
        )
    return calls


OWNERS = [equal("account_sid", ROOT), in_tree(ROOT), any_of("account_sid", [CHILD, STRANGER, CHILD])]
FILTERS: list[Where] = [
    equal("to", "alice"),
    ends_with("to", "5551212"),
    ends_with("from_", "+16175551212"),
    ends_with("from_", "lice"),
    ends_with("to", "%_off"),
    ends_with("to", "nobody"),
    contains("to", "LIC"),
    starts_with("from_", "+1617"),
    equal("status", "completed"),
    equal("status", "busy"),
    equal("parent_call_sid", "CA" + "a" * 32),
    at_least("start_time", MIDNIGHT),
    below("start_time", MIDNIGHT + DAY),
    at_most("start_time", MIDNIGHT),
    above("start_time", MIDNIGHT),
    above("start_time", MIDNIGHT + timedelta(hours=5)),
    at_least("date_created", MIDNIGHT - timedelta(hours=30)),
    below("end_time", MIDNIGHT + DAY),
    at_least("end_time", MIDNIGHT),
    at_most("end_time", MIDNIGHT + timedelta(hours=7)),
    any_of("status", ["busy", "queued", "busy"]),
]
COMPARE: dict[str, Callable[[str, str], bool]] = {
    "ends": str.endswith,
    "starts": str.startswith,
    "contains": lambda value, part: part.lower() in value.lower(),
}


def fits(record: CallRecord, where: Where) -> bool:
    value = getattr(record, where.field)
    match where.comparison:
        case "tree":
            return value in (ROOT, CHILD)
        case "in":
            return value in where.value
        case "=":
            return bool(value == where.value)
        case "ends" | "starts" | "contains":
            return COMPARE[where.comparison](value, where.value)
    if value is None:
        return False
    outcomes = {
        ">=": value >= where.value,
        ">": value > where.value,
        "<=": value <= where.value,
        "<": value < where.value,
    }
    return bool(outcomes[where.comparison])


@pytest.fixture
async def calls(store: Store) -> list[CallRecord]:
    await store.accounts.insert(account("root@x", sid=ROOT))
    await store.accounts.insert(account("child@x", ROOT, sid=CHILD))
    records = some_calls(240)
    for record in records:
        kept = store.calls.put(record)
    await kept
    return records


def expected(calls: Sequence[CallRecord], where: Sequence[Where], sort: Sort) -> list[str]:
    found = [(record.date_created, number, record.sid) for number, record in enumerate(calls)]
    found = [entry for entry in found if all(fits(calls[entry[1]], condition) for condition in where)]
    return [sid for _, _, sid in sorted(found, reverse=sort.descending)]


async def test_every_pair_of_filters(store: Store, calls: list[CallRecord]) -> None:
    dice = random.Random(3)
    for number, first in enumerate(FILTERS):
        for second in [None, *dice.sample(FILTERS[number + 1 :], min(4, len(FILTERS) - number - 1))]:
            owner = dice.choice(OWNERS)
            where = [owner, first] + ([second] if second else [])
            sort = dice.choice([YOUNGEST_FIRST, OLDEST_FIRST])
            sids = expected(calls, where, sort)
            offset = dice.choice([0, 3, len(sids) // 2 + 1])

            page = await store.calls.page(*where, sort=sort, limit=5, offset=offset)
            assert (page.total, [record.sid for record in page.records]) == (len(sids), sids[offset : offset + 5]), (
                where
            )
            assert await store.calls.count(*where) == len(sids), where
            if len(sids) > 4:
                page = await store.calls.page(*where, sort=sort, limit=3, after=sids[3])
                assert [record.sid for record in page.records] == sids[4:7], where


@pytest.mark.parametrize("owner", OWNERS)
async def test_totals_stay_true_as_calls_change(store: Store, calls: list[CallRecord], owner: Where) -> None:
    dice = random.Random(5)
    for record in dice.sample(calls, 60):
        record.status = dice.choice(STATUSES)
        record.start_time = record.date_created + timedelta(seconds=dice.randrange(40_000))
        record.duration = 9
        await store.calls.change(record.sid, status=record.status, start_time=record.start_time, duration=9)
    for record in dice.sample(calls, 20):
        calls.remove(record)
        await store.calls.delete(record.sid)

    for where in ([], *([condition] for condition in FILTERS)):
        total = sum(all(fits(record, each) for each in [owner, *where]) for record in calls)
        assert await store.calls.count(owner, *where) == total, where


async def test_three_filters_and_more(store: Store, calls: list[CallRecord]) -> None:
    """Of To, From, status, start and end; days, hours and moments at the edges."""
    dice = random.Random(11)
    moments = [MIDNIGHT, MIDNIGHT + DAY, MIDNIGHT + timedelta(hours=3), MIDNIGHT + timedelta(hours=20), MIDNIGHT - DAY]
    times = [at_least, at_most, below, above]
    for _ in range(150):
        where = [dice.choice(OWNERS)]
        for field in dice.sample(["start_time", "end_time", "start_time", "end_time"], dice.choice([1, 2, 3])):
            where.append(dice.choice(times)(field, dice.choice(moments)))
        more = [
            ends_with("to", "5551212"),
            ends_with("from_", "2"),
            equal("status", "completed"),
            equal("status", "queued"),
        ]
        where += dice.sample(more, dice.choice([0, 1, 2]))
        sort = dice.choice([YOUNGEST_FIRST, OLDEST_FIRST])
        sids = expected(calls, where, sort)

        page = await store.calls.page(*where, sort=sort, limit=4, offset=len(sids) // 3)

        offset = len(sids) // 3
        assert (page.total, [record.sid for record in page.records]) == (len(sids), sids[offset : offset + 4]), where


@pytest.mark.parametrize("most_sorted", [5000, 20])
@pytest.mark.parametrize("field", ["to", "from_", "status", "direction", "duration", "price"])
async def test_every_order(
    store: Store, calls: list[CallRecord], field: str, most_sorted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ties by age; the same result whether an index has the order or what is found is sorted; forth and back."""
    monkeypatch.setattr("ringback.store.call_listing._MOST_SORTED", most_sorted)
    none: str | int = -1 if field == "duration" else ""
    for number, where in enumerate(([], [ends_with("to", "5551212")], [equal("status", "completed")])):
        owner, descending = OWNERS[number], number % 2 == 0
        found = [(getattr(record, field), record.date_created, n) for n, record in enumerate(calls)]
        found = [entry for entry in found if all(fits(calls[entry[2]], each) for each in [owner, *where])]
        found.sort(key=lambda entry: (none if entry[0] is None else entry[0], *entry[1:]), reverse=descending)
        sids = [calls[n].sid for _, _, n in found]
        sort = Sort(field, descending)

        for offset in (0, 7, len(sids) - 6):
            page = await store.calls.page(owner, *where, sort=sort, limit=5, offset=offset)
            assert [record.sid for record in page.records] == sids[offset : offset + 5]
            page = await store.calls.page(owner, *where, sort=sort, limit=5, after=sids[offset])
            assert [record.sid for record in page.records] == sids[offset + 1 : offset + 6]


async def test_deep_pages_step_over_days(
    store: Store, calls: list[CallRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringback.store.listing._FEW_SKIPPED", 3)
    for where in ([], [equal("status", "completed")]):
        for owner in OWNERS:
            for sort in (YOUNGEST_FIRST, OLDEST_FIRST):
                sids = expected(calls, [owner, *where], sort)
                for offset in range(0, len(sids), 9):
                    page = await store.calls.page(owner, *where, sort=sort, limit=5, offset=offset)
                    assert [record.sid for record in page.records] == sids[offset : offset + 5]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_index_that_a_list_is_made_for_serves_it(store: Store, calls: list[CallRecord]) -> None:
    """Without it the list would still be right, and slow."""
    with closing(sqlite3.connect(store.files.database)) as other:  # SQLite prefers the youngest of two that are as good
        other.execute("CREATE INDEX rival ON calls (account_sid, price)")
    listing = CallListing(CALLS)
    queries, root = listing.queries, equal("account_sid", ROOT)
    reading = Reading(store.database.driver.connect())
    over = listing.alternatives(reading, [root, over_days(), at_least("end_time", MIDNIGHT)], None)
    unindexed = Where("start_time", ">=", MIDNIGHT, indexed=False)
    asked = {
        "calls_over_days": queries.count(over[0]),
        "calls_by_start": queries.count([root, at_least("start_time", MIDNIGHT), below("start_time", MIDNIGHT + DAY)]),
        "calls_by_to": queries.rows([root, equal("to", "alice"), unindexed], YOUNGEST_FIRST, 5),
        "calls_by_from": queries.rows([root], Sort("from_"), 5),
        "calls_by_status": queries.rows([root, equal("status", "busy"), unindexed], OLDEST_FIRST, 5),
        "calls_by_account": queries.rows([root, unindexed], OLDEST_FIRST, 5),
        "calls_by_direction": queries.rows([root, unindexed], Sort("direction", True), 5),
        "calls_by_duration": queries.rows([root, unindexed], Sort("duration", True), 5),
        "calls_by_price": queries.rows([root, unindexed], Sort("price"), 5),
    }
    for index, query in asked.items():
        text, given = query.statement.call(store.database.driver.dialect, query.parameters)
        explained = await store.database.read(literal_column(f"EXPLAIN QUERY PLAN {text}"), given)
        plan = " ".join(str(row[3]) for row in explained)
        assert index in plan, plan
        assert "TEMP B-TREE" not in plan, plan


async def test_a_change_that_fails_leaves_the_totals_alone(store: Store) -> None:
    record = call(account_sid=ROOT)
    first, second = store.calls.put(record), store.calls.put(record)
    await first
    with pytest.raises(Exception, match="already there"):
        await second

    assert await store.calls.count(equal("account_sid", ROOT)) == 1
    assert await store.calls.count(equal("account_sid", ROOT), ends_with("to", record.to)) == 1


async def test_many_values_and_many_accounts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above what is merged, lists are walked or sorted: with the same result."""
    records = [call(second, to=f"+1{second:04d}99", account_sid=ROOT) for second in range(60)]
    for record in records:
        kept = store.calls.put(record)
    await kept
    wanted = [record.sid for record in reversed(records)][5:10]
    for module in ("ringback.store.call_listing", "ringback.store.listing"):
        monkeypatch.setattr(f"{module}.MOST_MERGED", 10)

    for most_sorted in (5000, 20):
        monkeypatch.setattr("ringback.store.call_listing._MOST_SORTED", most_sorted)
        page = await store.calls.page(equal("account_sid", ROOT), ends_with("to", "99"), limit=5, offset=5)
        assert (page.total, [record.sid for record in page.records]) == (60, wanted)


async def test_no_account_has_no_calls(store: Store, calls: list[CallRecord]) -> None:
    for where in (any_of("account_sid", []), in_tree("AC" + "0" * 32), equal("account_sid", "AC" + "0" * 32)):
        assert await store.calls.page(where) == Page([], 0)
        assert await store.calls.page(where, ends_with("to", "alice")) == Page([], 0)
        assert await store.calls.count(where, equal("status", "busy"), below("end_time", MIDNIGHT)) == 0


async def test_recent_and_open_calls(store: Store) -> None:
    over = call(1, status="completed", end_time=at(3))
    ours, others = call(2, instance_sid="ID1"), call(3, instance_sid="ID2")
    nobodys = call(4)
    for record in (over, ours, others, nobodys):
        await store.calls.insert(record)

    assert await store.calls.recent(2) == [nobodys, others]
    assert {record.sid for record in await store.calls.open_calls()} == {ours.sid, others.sid, nobodys.sid}
    assert {record.sid for record in await store.calls.open_calls("ID1")} == {ours.sid, nobodys.sid}
