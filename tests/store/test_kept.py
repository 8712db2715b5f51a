"""Records kept in memory: always as the table is, on both databases."""

from ringback.store.kept import Kept
from ringback.store.store import Store
from tests.store.records import client


async def test_what_was_not_there_is_found_once_it_is(store: Store) -> None:
    assert await store.clients.first(login="carol") is None
    assert await store.clients.first(login="carol") is None

    await store.clients.insert(client("carol"))

    assert (await store.clients.first(login="carol")).login == "carol"  # type: ignore[union-attr]


async def test_a_change_is_seen_when_it_is_known_to_be_made(store: Store) -> None:
    record = client("carol")
    await store.clients.insert(record)
    assert await store.clients.get(record.sid) == record

    await store.clients.change(record.sid, status="0")
    assert (await store.clients.get(record.sid)).status == "0"  # type: ignore[union-attr]
    assert (await store.clients.first(login="carol")).status == "0"  # type: ignore[union-attr]

    await store.clients.delete(record.sid)
    assert await store.clients.get(record.sid) is None
    assert await store.clients.first(login="carol") is None


async def test_a_change_that_failed_beside_others_leaves_them_seen(store: Store) -> None:
    """A bad change makes the writer try the others alone."""
    record = client("carol")
    await store.clients.insert(record)
    assert await store.clients.first(login="dave") is None

    bad, good = store.clients.put(client("carol")), store.clients.put(client("dave"))
    await good

    assert bad.exception() is not None
    assert await store.clients.first(login="dave") is not None


async def test_whoever_asks_has_a_copy(store: Store) -> None:
    record = client("carol")
    await store.clients.insert(record)
    for _ in range(2):
        found = await store.clients.get(record.sid)
        assert found == record
        assert found is not None
        found.friendly_name = "changed by who asked"


def test_long_questions_are_not_kept_and_many_do_not_fill_the_memory() -> None:
    kept: Kept[object] = Kept()  # type: ignore[type-var]
    kept.keep(("statement", "x" * 10_000), None)
    assert kept.find(("statement", "x" * 10_000)) == (False, None)
    for number in range(50_000):
        kept.keep(("statement", str(number)), None)
    assert len(kept._answers) <= 20_000
    assert kept.find(("statement", "49999")) == (True, None)
