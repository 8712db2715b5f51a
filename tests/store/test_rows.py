"""Rows: insert, change, delete, find, on both databases."""

import pytest

from ringback.kernel.errors import BadParameter
from ringback.store.calls import CallRecord
from ringback.store.driver import AlreadyThere
from ringback.store.page import Sort
from ringback.store.store import Store
from ringback.store.where import any_of, at_least, below, contains, ends_with, equal, in_tree, not_equal, starts_with
from tests.store.records import ACCOUNT, account, at, call, client, notification

OTHER = "AC" + "2" * 32


async def test_a_record_comes_back_as_it_was_kept(store: Store) -> None:
    record = call(caller_name="Ünï 📞 'quoted'", muted=True, duration=3, end_time=at(3.007))

    await store.calls.insert(record)

    assert await store.calls.get(record.sid) == record
    assert await store.calls.get("CA" + "0" * 32) is None


async def test_an_insert_is_a_copy(store: Store) -> None:
    record = call()
    kept = store.calls.put(record)
    record.status = "changed later"

    await kept

    assert (await store.calls.get(record.sid)).status == "queued"  # type: ignore[union-attr]


async def test_a_change_sets_the_fields_and_nothing_else(store: Store) -> None:
    record = call()
    await store.calls.insert(record)

    changed = await store.calls.change(record.sid, status="ringing", date_updated=at(2))

    record.status, record.date_updated = "ringing", at(2)
    assert changed == record == await store.calls.get(record.sid)
    assert await store.calls.change("CA" + "0" * 32, status="ringing") is None


async def test_a_change_sets_date_updated_by_itself(store: Store) -> None:
    record = call()
    await store.calls.insert(record)

    changed = await store.calls.change(record.sid, status="ringing")

    assert changed is not None
    assert changed.date_updated > record.date_updated


async def test_a_deleted_record_is_gone(store: Store) -> None:
    record = client("carol")
    await store.clients.insert(record)

    assert await store.clients.delete(record.sid) is True
    assert await store.clients.delete(record.sid) is False
    assert await store.clients.get(record.sid) is None


async def test_find_takes_values_and_their_absence(store: Store) -> None:
    first, second, third = client("one", voice_url="http://a"), client("two"), client("three", account_sid=OTHER)
    for record in (first, second, third):
        await store.clients.insert(record)

    assert await store.clients.find(account_sid=ACCOUNT) == [first, second]
    assert await store.clients.find(account_sid=ACCOUNT, voice_url=None) == [second]
    assert await store.clients.first(login="three") == third
    assert await store.clients.first(login="four") is None


async def test_delete_where_deletes_all_that_fit(store: Store) -> None:
    for login, owner in (("one", ACCOUNT), ("two", ACCOUNT), ("three", OTHER)):
        await store.clients.insert(client(login, account_sid=owner))

    assert await store.clients.delete_where(account_sid=ACCOUNT) == 2
    assert await store.clients.delete_where(account_sid=ACCOUNT) == 0
    assert await store.clients.count(equal("account_sid", ACCOUNT)) == 0
    assert await store.clients.count(equal("account_sid", OTHER)) == 1


async def test_a_unique_value_is_refused_the_second_time(store: Store) -> None:
    await store.clients.insert(client("carol"))

    with pytest.raises(AlreadyThere, match="already there"):
        await store.clients.insert(client("carol"))


async def test_a_bad_change_fails_alone(store: Store) -> None:
    """What queues together is one transaction; one that fails does not take its neighbours with it."""
    twice = call()
    good = [call(second) for second in range(20)]

    futures = [store.calls.put(record) for record in (*good[:10], twice, twice, *good[10:])]
    for future in (*futures[:11], *futures[12:]):
        await future

    with pytest.raises(AlreadyThere):
        await futures[11]
    assert await store.calls.count(equal("account_sid", ACCOUNT)) == 21
    assert all([await store.calls.get(record.sid) == record for record in good])


async def test_changes_of_one_write_are_made_together_or_not_at_all(store: Store) -> None:
    one, other = client("one"), client("other")
    await store.clients.insert(other)

    with pytest.raises(AlreadyThere):
        await store.database.write(store.clients.inserting(one), store.clients.inserting(other))

    assert await store.clients.get(one.sid) is None
    assert await store.clients.count(equal("account_sid", ACCOUNT)) == 1


async def test_queued_changes_keep_their_order(store: Store) -> None:
    record = call()
    store.calls.put(record)
    for status in ("ringing", "in-progress", "completed"):
        last = store.calls.amend(record.sid, status=status)

    await last

    assert (await store.calls.get(record.sid)).status == "completed"  # type: ignore[union-attr]


async def test_what_queues_while_a_commit_runs_is_one_transaction(store: Store) -> None:
    before = store.database.commits

    await store.calls.put(call())
    for _ in range(499):
        last = store.calls.put(call())
    await last

    assert store.database.commits - before < 50
    assert store.database.waiting == 0


async def test_pages_follow_each_other_by_sid(store: Store) -> None:
    """Records of the same moment too: none twice, none left out."""
    records = [call(second // 3) for second in range(25)]
    for record in records:
        store.calls.put(record)
    await store.calls.insert(call(account_sid=OTHER))

    seen: list[str] = []
    after = None
    while True:
        page = await store.calls.page(equal("account_sid", ACCOUNT), limit=7, after=after)
        assert page.total == 25
        seen += [record.sid for record in page.records]
        if len(page.records) < 7:
            break
        after = page.records[-1].sid

    assert seen == [record.sid for record in reversed(records)]


@pytest.mark.parametrize("offset", [0, 1, 7, 12, 13, 20, 24, 25, 26, 1000])
async def test_pages_by_offset_are_slices_of_the_list(store: Store, offset: int) -> None:
    records = [call(second) for second in range(25)]
    for record in records:
        kept = store.calls.put(record)
    await kept

    page = await store.calls.page(equal("account_sid", ACCOUNT), limit=5, offset=offset)

    expected = records[::-1][offset : offset + 5]
    assert [record.sid for record in page.records] == [record.sid for record in expected]
    assert page.total == 25


async def test_a_page_after_nothing_known_is_refused(store: Store) -> None:
    with pytest.raises(BadParameter, match="AfterSid"):
        await store.calls.page(equal("account_sid", ACCOUNT), after="CA" + "0" * 32)


@pytest.mark.parametrize("descending", [True, False])
async def test_sorting_takes_records_without_value_for_least(store: Store, descending: bool) -> None:
    records = [call(second, duration=duration) for second, duration in enumerate([5, None, 0, 9, None, 5])]
    for record in records:
        await store.calls.insert(record)
    expected = sorted(
        records, key=lambda record: (-1 if record.duration is None else record.duration, record.date_created)
    )
    expected = expected[::-1] if descending else expected

    pages: list[CallRecord] = []
    after = None
    for _ in range(3):
        page = await store.calls.page(
            equal("account_sid", ACCOUNT), sort=Sort("duration", descending), limit=2, after=after
        )
        pages += page.records
        after = page.records[-1].sid

    assert pages == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (equal("error_code", 11100), {"a", "c"}),
        (not_equal("error_code", 11100), {"b"}),
        (any_of("error_code", [11200, 13710]), {"b"}),
        (any_of("error_code", []), set()),
        (at_least("message_date", at(2)), {"b", "c"}),
        (below("message_date", at(2)), {"a"}),
        (starts_with("message_text", "50% of"), {"a"}),
        (starts_with("message_text", "50% OF"), set()),
        (ends_with("message_text", "_x"), {"b"}),
        (ends_with("message_text", "X"), set()),
        (contains("message_text", "% OF_"), set()),
        (contains("message_text", "% OF"), {"a"}),
        (contains("message_text", "\\"), {"c"}),
        (equal("call_sid", None), {"a", "b"}),
        (not_equal("call_sid", None), {"c"}),
    ],
)
async def test_conditions(store: Store, where: object, expected: set[str]) -> None:
    """Percent signs and underscores are characters like others."""
    for second, name, text, code, owner in (
        (1, "a", "50% of it", 11100, None),
        (2, "b", "ends with _x", 11200, None),
        (3, "c", "back\\slash", 11100, "CA1"),
    ):
        record = notification(second, message_text=text, error_code=code, call_sid=owner, request_url=name)
        await store.notifications.insert(record)

    page = await store.notifications.page(equal("account_sid", ACCOUNT), where)  # type: ignore[arg-type]

    assert {record.request_url for record in page.records} == expected
    assert page.total == len(expected)


async def test_a_tree_of_accounts(store: Store) -> None:
    root = account("root@x")
    child, other = account("child@x", root.sid), account("other@x", root.sid)
    grandchild, stranger = account("grandchild@x", child.sid), account("stranger@x")
    for record in (root, child, other, grandchild, stranger):
        await store.accounts.insert(record)
        await store.calls.insert(call(account_sid=record.sid))

    assert {a.sid for a in await store.accounts.tree(root.sid)} == {root.sid, child.sid, other.sid, grandchild.sid}
    assert [a.sid for a in await store.accounts.tree(child.sid)] == [child.sid, grandchild.sid]
    assert await store.accounts.ancestors(grandchild.sid) == [child.sid, root.sid]
    assert await store.accounts.by_name("Child@X") == child
    page = await store.calls.page(in_tree(root.sid), limit=3)
    assert (page.total, len(page.records)) == (4, 3)
    assert stranger.sid not in {record.account_sid for record in page.records}
