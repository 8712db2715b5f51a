"""Sealed stretches: whatever is listed, changed and sealed, in whatever order, lists say what the table holds."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings, strategies
from sqlalchemy import false, func, select

from ringback.kernel.sid import new_sid
from ringback.store.calls import CallRecord
from ringback.store.page import Sort
from ringback.store.prepared import Prepared
from ringback.store.seal_plan import Span
from ringback.store.sealing import Sealer
from ringback.store.store import Store
from ringback.store.stretch_index import RankedKeys, blocks_of, mask_of_rows, rows_of
from ringback.store.stretches import BLOCKS, SEALED, STRETCHES
from ringback.store.where import Where, at_least, at_most, below, ends_with, equal
from tests.store.records import call
from tests.store.test_calls import DAY, MIDNIGHT, NUMBERS, STATUSES, fits

FIELDS = ["date_created", "to", "from_", "status", "direction", "duration", "price"]
MOMENTS = [MIDNIGHT, MIDNIGHT + DAY, MIDNIGHT - DAY, MIDNIGHT + timedelta(hours=5)]
STATES = select(STRETCHES.c.state, func.count()).group_by(STRETCHES.c.state)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few calls are many: stretches of 8, joined to 24, read by three, blocks of two rows, hardly anything sorted."""
    for name, value in {
        "seal_plan.SMALL": 8,
        "seal_plan.MIDDLE": 24,
        "seal_plan.LARGE": 48,
        "seal_rows.PAGE": 3,
        "stretch_index._LEAST": 2,
        "seal_columns._SORTED_AT_ONCE": 5,
        "call_listing._FEW_FOUND": -1,
        "call_listing._FEW_SKIPPED": -1,
        "call_listing.MOST_MERGED": 2,
        "sealed_list.FEW_SORTED": 3,
        "sealed_list._MOST_WALKED": 12,
        "ranking._FEW": 2,
        "ranking._FEW_BLOCKS": 2,
    }.items():
        monkeypatch.setattr(f"ringback.store.{name}", value)


def some_call(dice: random.Random, account: str) -> CallRecord:
    created = MIDNIGHT + timedelta(seconds=dice.choice([0, 0, dice.randrange(-2 * 86400, 3 * 86400)]))
    started = created + timedelta(seconds=dice.choice([0, 5, 30]))
    ended = started + timedelta(seconds=dice.choice([0, 60, 7200, 90_000]))
    return call(
        date_created=created,
        account_sid=account,
        start_time=dice.choice([None, started, started]),
        end_time=dice.choice([None, ended, ended, ended]),
        to=dice.choice([*NUMBERS, NUMBERS[0], NUMBERS[0], f"+1{dice.randrange(100)}"]),
        from_=dice.choice([*NUMBERS, f"+49{dice.randrange(100)}"]),
        status=dice.choice(STATUSES),
        duration=dice.choice([None, 0, 7, dice.randrange(3600)]),
        price=dice.choice([None, "0.00", "0.10"]),
        direction=dice.choice(["inbound", "outbound-api"]),
    )


def some_filters(dice: random.Random) -> list[Where]:
    number = dice.choice(["5551212", "2", "e", "1", "+16175551212"])
    several = [
        [ends_with("to", number)],
        [ends_with("from_", dice.choice(["5551212", "2", "9", "alice"]))],
        [equal("from_", "bob")],
        [equal("status", dice.choice(STATUSES))],
        [at_least("start_time", dice.choice(MOMENTS)), below("start_time", dice.choice(MOMENTS))],
        [at_least("start_time", dice.choice(MOMENTS))],
        [at_most("end_time", dice.choice(MOMENTS))],
        [at_least("end_time", dice.choice(MOMENTS))],
        [at_least("date_created", dice.choice(MOMENTS))],
    ]
    return [each for one in dice.sample(several, dice.choice([0, 1, 2, 3])) for each in one]


def in_order(calls: Sequence[CallRecord], where: Sequence[Where], sort: Sort) -> list[str]:
    """The oldest inserted first among those of one age."""
    none: Any = -1 if sort.field == "duration" else ""
    keys = []
    for number, record in enumerate(calls):
        if all(fits(record, each) for each in where):
            value = getattr(record, sort.field)
            keys.append((none if value is None else value, record.date_created, number, record.sid))
    return [key[-1] for key in sorted(keys, reverse=sort.descending)]


async def check_lists(store: Store, calls: list[CallRecord], account: str, dice: random.Random) -> None:
    """A few lists, from some place by number and after some record."""
    for _ in range(6):
        where = [equal("account_sid", account), *some_filters(dice)]
        sort = Sort(dice.choice(FIELDS), dice.choice([True, False]))
        sids = in_order(calls, where, sort)
        offset = dice.choice([0, len(sids) // 2, max(0, len(sids) - 4)])
        page = await store.calls.page(*where, sort=sort, limit=4, offset=offset)
        assert (page.total, [record.sid for record in page.records]) == (len(sids), sids[offset : offset + 4])
        assert await store.calls.count(*where) == len(sids)
        if sids:
            after = dice.randrange(len(sids))
            page = await store.calls.page(*where, sort=sort, limit=4, after=sids[after])
            assert [record.sid for record in page.records] == sids[after + 1 : after + 5]


async def act(store: Store, calls: list[CallRecord], account: str, dice: random.Random, deed: str) -> None:
    """Something that happens to a store."""
    match deed:
        case "calls":
            for _ in range(dice.choice([1, 3, 40])):
                calls.append(some_call(dice, account))
                kept = store.calls.put(calls[-1])
            await kept
        case "seal":
            await Sealer(store.database).look()
        case "change" if calls:
            record = dice.choice(calls)
            for name, value in {"status": dice.choice(STATUSES), "duration": 9, "to": "bob"}.items():
                setattr(record, name, value)
                await store.calls.change(record.sid, **{name: value})
        case "move" if calls:
            moved = dice.choice(calls)
            moved.date_created += timedelta(hours=dice.choice([-30, 3]))
            moved.start_time = moved.end_time = None
            await store.calls.change(moved.sid, date_created=moved.date_created, start_time=None, end_time=None)
        case "delete" if calls:
            gone = calls.pop(dice.randrange(len(calls)))
            await store.calls.delete(gone.sid)


@given(
    strategies.lists(strategies.sampled_from(["calls", "seal", "change", "move", "delete"]), min_size=2, max_size=8),
    strategies.integers(0, 1 << 32),
)
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_lists_are_what_the_table_holds(store: Store, deeds: list[str], seed: int) -> None:
    dice, account, calls = random.Random(seed), new_sid("AC"), list[CallRecord]()
    for deed in ["calls", "calls", "seal", *deeds]:
        await act(store, calls, account, dice, deed)
        await check_lists(store, calls, account, dice)


async def sealed_store(store: Store, count: int = 100) -> tuple[str, list[CallRecord], random.Random]:
    dice, account, calls = random.Random(count), new_sid("AC"), list[CallRecord]()
    for _ in range(count):
        calls.append(some_call(dice, account))
        kept = store.calls.put(calls[-1])
    await kept
    assert await Sealer(store.database).look() > 0
    return account, calls, dice


async def states(store: Store) -> dict[int, int]:
    return {row[0]: row[1] for row in await store.database.read(STATES)}


async def test_what_is_sealed_is_read_from_its_stretches(store: Store) -> None:
    """The property above would hold without any stretch being read."""
    account, calls, _ = await sealed_store(store)
    sids = in_order(calls, [equal("account_sid", account), ends_with("to", "2")], Sort("price"))
    wrong = Prepared(STRETCHES.update().values(n=0))
    await store.database.write(lambda writing: writing.run(wrong, {}))

    page = await store.calls.page(equal("account_sid", account), ends_with("to", "2"), sort=Sort("price"))

    assert len(page.records) < len(sids)


async def test_a_change_while_it_is_sealed_breaks_a_stretch(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    account, calls, dice = await sealed_store(store, 30)
    calls.append(record := some_call(dice, account))
    index = Sealer._index

    async def with_a_call(self: Sealer, *given: Any) -> bool:
        await store.calls.insert(record)
        return await index(self, *given)

    before = await states(store)
    with monkeypatch.context() as patch:
        patch.setattr(Sealer, "_index", with_a_call)
        youngest = max(record.date_created for record in calls) + DAY
        span = Span(account, -(1 << 60), int(youngest.timestamp() * 1000))
        assert not await Sealer(store.database).seal(span)

    assert (await states(store)).get(SEALED, 0) < before[SEALED]
    await check_lists(store, calls, account, dice)
    assert await Sealer(store.database).look() > 0
    await check_lists(store, calls, account, dice)


async def test_what_a_crash_leaves_is_not_read_and_deleted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    account, calls, dice = await sealed_store(store, 30)

    async def crash(*_: Any) -> None:
        raise RuntimeError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr(Sealer, "_clear", crash)
        patch.setattr("ringback.store.sealing._GIVE_UP", Prepared(select(1)))
        patch.setattr("ringback.store.sealing._FINISH", Prepared(STRETCHES.update().values(nothing=1)))
        with pytest.raises(Exception, match="nothing"):
            await Sealer(store.database).seal(Span(account, -(1 << 60), 1 << 60))
    assert len(await states(store)) == 2
    await check_lists(store, calls, account, dice)

    monkeypatch.setattr("ringback.store.sealing._ABANDONED", -1000)
    await Sealer(store.database).look()

    assert set(await states(store)) == {SEALED}
    known = select(func.count()).where(BLOCKS.c.stretch_id.not_in(select(STRETCHES.c.id)))
    assert await store.database.read(known) == [(0,)]
    await check_lists(store, calls, account, dice)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_it_waits_for_a_transaction_that_has_not_seen_it(store: Store) -> None:
    account, calls, dice = await sealed_store(store, 30)
    record = calls[3]
    url = store.database.driver.url.render_as_string(hide_password=False).replace("+psycopg", "")
    with psycopg.connect(url) as other:
        other.execute("UPDATE calls SET price = '9' WHERE sid = %s", [record.sid])
        other.execute("UPDATE stretches SET state = 2")
        sealing = asyncio.create_task(Sealer(store.database).seal(Span(account, -(1 << 60), 1 << 60)))
        done, _ = await asyncio.wait([sealing], timeout=0.3)
        assert not done
        record.price = "9"
        other.commit()

    assert await sealing
    await check_lists(store, calls, account, dice)
    page = await store.calls.page(equal("account_sid", account), sort=Sort("price", True), limit=1)
    assert page.records[0].sid == record.sid


async def test_two_servers_that_seal_the_same_calls_count_them_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, calls, dice = await sealed_store(store, 30)
    before = await states(store)
    monkeypatch.setattr("ringback.store.sealing._REPLACE", Prepared(STRETCHES.update().where(false()).values(n=0)))
    assert await Sealer(store.database).seal(Span(account, -(1 << 60), 1 << 60))

    assert await states(store) == {SEALED: before[SEALED] + 1}
    for _ in range(5):
        await check_lists(store, calls, account, dice)


@given(
    strategies.lists(strategies.binary(max_size=3), max_size=60),
    strategies.binary(max_size=3),
    strategies.binary(max_size=3),
)
def test_blocks_hold_every_range(keys: list[bytes], low: bytes, high: bytes) -> None:
    distinct = sorted(set(keys))
    ranks = np.array([distinct.index(key) for key in keys], dtype=np.uint16)
    blocks = list(blocks_of(RankedKeys(ranks, distinct.__getitem__), 8))
    assert [key for block in blocks for key, _ in block.entries(b"", b"\xff" * 9, b"\xff" * 9)] == sorted(keys)
    assert [block.head for block in blocks[1:]] == [block.next for block in blocks[:-1]]
    found = [block for block in blocks if block.head <= low]
    below = found[-1].below(low) if found else 0
    assert rows_of(below) == [row for row, key in enumerate(keys) if key < low]
    within = [row for block in blocks for row in rows_of(block.within(low, high))]
    assert sorted(within) == [row for row, key in enumerate(keys) if low <= key < high]


@given(strategies.sets(strategies.integers(0, 300)), strategies.integers(0, 40), strategies.integers(0, 40))
def test_rows_of_a_mask(rows: set[int], start: int, n: int) -> None:
    mask = mask_of_rows(sorted(rows))
    assert rows_of(mask) == sorted(rows)
    assert rows_of(mask, start, start + n) == sorted(rows)[start : start + n]
