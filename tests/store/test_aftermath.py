"""After a crash: calls that were open get an end and a Notification; other servers' calls are left alone."""

import shutil

from ringback.kernel.config import Settings
from ringback.kernel.journal import Journal
from ringback.store.aftermath import close_open_calls, last_seen_in_journal
from ringback.store.store import Store
from tests.store.conftest import OpenStore
from tests.store.records import at, call


async def test_open_calls_are_closed_with_a_notification(store: Store) -> None:
    talking = call(0, status="in-progress", start_time=at(2), date_updated=at(2), instance_sid=store.instance_sid)
    ringing = call(1, status="ringing", date_updated=at(3))
    others = call(2, status="in-progress", instance_sid="ID" + "9" * 32)
    over = call(3, status="busy", end_time=at(4))
    for record in (talking, ringing, others, over):
        await store.calls.insert(record)

    closed = await close_open_calls(store, {talking.sid: at(32.5)}.get)

    assert {record.sid for record in closed} == {talking.sid, ringing.sid}
    ended = await store.calls.get(talking.sid)
    assert ended is not None
    assert (ended.status, ended.end_time, ended.duration) == ("completed", at(32.5), 30)
    failed = await store.calls.get(ringing.sid)
    assert failed is not None
    assert (failed.status, failed.end_time, failed.duration) == ("failed", at(3), 0)
    assert await store.calls.get(others.sid) == others
    assert await store.calls.get(over.sid) == over
    for record in (talking, ringing):
        (note,) = await store.notifications.find(call_sid=record.sid)
        assert (note.account_sid, note.error_code, note.log) == (record.account_sid, 12400, 0)
        assert record.status in note.message_text
    assert await close_open_calls(store) == []


async def test_a_call_was_last_seen_in_its_journal(store: Store) -> None:
    record = call(0, status="in-progress")
    clock = store.database.clock
    Journal(record.sid, clock, store.journals.sink).add("key", digit="1")
    Journal(record.sid, clock, store.journals.sink).add("key", digit="2")
    await store.journals.flush()

    seen = last_seen_in_journal(store)(record.sid)

    assert seen is not None
    assert 0 <= (clock.utc() - seen).total_seconds() < 5
    assert last_seen_in_journal(store)("CA" + "0" * 32) is None


async def test_a_server_keeps_its_name(open_store: OpenStore, settings: Settings) -> None:
    """Over restarts, and another data directory has another."""
    store = await open_store()
    name = store.instance_sid
    await store.close()

    assert (await open_store()).instance_sid == name
    other = await open_store(settings.model_copy(update={"data_dir": settings.data_dir / "other"}))
    assert other.instance_sid != name
    await other.close()
    shutil.rmtree(settings.data_dir / "other")
