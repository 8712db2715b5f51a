"""Every table keeps every field; registrations, facts and idempotency keys, which have rules of their own."""

import asyncio
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast, get_args

import msgspec
import pytest

from ringback.kernel.sid import new_sid
from ringback.store.driver import AlreadyThere
from ringback.store.idempotency_keys import IdempotencyKeyRecord
from ringback.store.rows import Rows
from ringback.store.store import Store
from tests.store.records import NOON, at, client

_EXAMPLES: dict[Any, Any] = {str: "täxt", int: 7, float: 0.5, bool: True, type(NOON): NOON}


def tables(store: Store) -> dict[str, Rows[Any]]:
    return {name: rows for name, rows in vars(store).items() if isinstance(rows, Rows)}


def example(record: type[msgspec.Struct], *, full: bool) -> msgspec.Struct:
    """Every field has a value, or none that may have none."""
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(record):
        kinds = get_args(field.type) if type(None) in get_args(field.type) else (field.type,)
        if type(None) in kinds and not full:
            values[field.name] = None
        elif kinds[0] in _EXAMPLES:
            values[field.name] = _EXAMPLES[kinds[0]]
    return record(**values | {"sid": new_sid("XX")})


@pytest.mark.parametrize("full", [True, False])
async def test_every_table_keeps_every_field(store: Store, full: bool) -> None:
    assert len(tables(store)) == 19
    for rows in tables(store).values():
        record = example(rows.shape.record, full=full)
        await rows.insert(record)
        sid = record.sid  # type: ignore[attr-defined]
        assert await rows.get(sid) == record
        page = await rows.page()
        assert (page.total, page.records) == (1, [record])
        assert await rows.delete(sid) is True
        assert await rows.count() == 0


@dataclass(frozen=True)
class Binding:
    """As the registrar's rules give it."""

    contact: str
    cseq: int = 1
    login: str = "carol"
    expires_at: datetime = NOON
    call_id: str = "x"
    source: str = "udp:127.0.0.1:5061"
    instance: str = ""
    user_agent: str = "phone"
    path: tuple[str, ...] = ("<sip:edge;lr>",)
    q: float = 0.5
    display_name: str = ""


async def test_registrations_are_renewed_and_forgotten_by_contact(store: Store) -> None:
    carol = client("carol")
    one, other = Binding("sip:carol@10.0.0.1"), Binding("sip:carol@10.0.0.2")
    await store.registrations.replace(carol, [one, other], [])
    before = {record.contact: record for record in await store.registrations.bindings_of("carol")}

    await store.registrations.replace(carol, [Binding(one.contact, cseq=2)], [other])

    (record,) = await store.registrations.bindings_of("carol")
    assert (record.contact, record.cseq, record.path, record.q) == (one.contact, 2, one.path, 0.5)
    assert (record.account_sid, record.client_sid) == (carol.account_sid, carol.sid)
    assert record.sid == before[one.contact].sid
    assert record.date_created == before[one.contact].date_created


async def test_expired_registrations_are_deleted(store: Store) -> None:
    carol = client("carol")
    await store.registrations.replace(
        carol, [Binding("sip:a@x", expires_at=at(10)), Binding("sip:b@x", expires_at=at(20))], []
    )

    assert await store.registrations.delete_expired(at(10)) == 1
    assert [record.contact for record in await store.registrations.bindings_of("carol")] == ["sip:b@x"]


@pytest.mark.parametrize("seed", range(20))
async def test_what_is_remembered_of_a_login_is_what_the_table_holds(store: Store, seed: int) -> None:
    """Registrations renewed, replaced, removed one by one, expired, in any order, by several phones and logins."""
    dice = random.Random(seed)
    registrations = store.registrations
    clients = [client("carol"), client("dave")]
    for step in range(30):
        who = dice.choice(clients)
        contacts = [f"sip:{who.login}@10.0.0.{dice.randint(1, 4)}" for _ in range(dice.randint(0, 3))]
        held = await registrations.bindings_of(who.login)
        match dice.randint(0, 6):
            case 0 if held:
                await registrations.delete(dice.choice(held).sid)
            case 1:
                await registrations.delete_expired(at(dice.randint(0, 30)))
            case 2:
                await registrations.replace(who, [], dice.sample(held, dice.randint(0, len(held))))
            case _:
                new = [
                    Binding(contact, cseq=step, login=who.login, expires_at=at(dice.randint(1, 60)))
                    for contact in dict.fromkeys(contacts)
                ]
                gone = [record for record in held if record.contact not in contacts and dice.random() < 0.3]
                await registrations.replace(who, new, gone)
        for one in clients:
            assert await registrations.bindings_of(one.login) == await registrations.find(login=one.login)


async def test_what_was_read_before_a_change_is_not_remembered_after_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow read of a login, whose phone registers meanwhile."""
    carol, registrations = client("carol"), store.registrations
    read, go_on, find = asyncio.Event(), asyncio.Event(), registrations.find

    async def slowly(**equal: Any) -> list[Any]:
        found = await find(**equal)
        read.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(registrations, "find", slowly)
    reading = asyncio.create_task(registrations.bindings_of("carol"))
    await read.wait()
    await registrations.replace(carol, [Binding("sip:a@x")], [])
    go_on.set()
    assert await reading == []
    assert [record.contact for record in await registrations.bindings_of("carol")] == ["sip:a@x"]


async def test_a_registration_that_is_not_kept_is_not_remembered(store: Store) -> None:
    carol = client("carol")
    await store.registrations.replace(carol, [Binding("sip:a@x")], [])
    await store.registrations.bindings_of("carol")
    with pytest.raises(Exception, match=r"."):
        await store.registrations.replace(carol, [Binding(cast(Any, object()))], [])
    assert await store.registrations.bindings_of("carol") == await store.registrations.find(login="carol")


async def test_facts_are_set_claimed_and_forgotten(store: Store) -> None:
    facts = store.facts
    assert await facts.get("colour") is None
    await facts.set("colour", "red")
    await facts.set("colour", "blue")
    assert await facts.get("colour") == "blue"
    assert await store.database.write(facts.claiming("colour", "green"), facts.claiming("size", "9")) == [0, 1]
    assert (await facts.get("colour"), await facts.get("size")) == ("blue", "9")
    await facts.forget("colour")
    assert await facts.get("colour") is None
    made = await asyncio.gather(*(facts.secret("key") for _ in range(5)))
    assert len(set(made)) == 1
    assert len(made[0]) == 64


async def test_an_idempotency_key_is_claimed_once_and_forgotten_in_time(store: Store) -> None:
    record = IdempotencyKeyRecord(sid="AC1 POST /x key", date_created=NOON, account_sid="AC1", fingerprint="f")
    await store.idempotency_keys.insert(record)
    with pytest.raises(AlreadyThere):
        await store.idempotency_keys.insert(record)

    answered = await store.idempotency_keys.change(record.sid, status=200, content_type="text/plain", body="ok")
    assert answered is not None
    assert answered.body == "ok"
    assert await store.idempotency_keys.delete_older(NOON) == 0
    assert await store.idempotency_keys.delete_older(NOON + timedelta(milliseconds=1)) == 1
