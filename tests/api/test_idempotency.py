"""Idempotency-Key: a create that is asked for twice is done once."""

import asyncio
from datetime import timedelta

import pytest

from ringback.api.idempotency import KEPT
from ringback.flows.house import House
from tests.api.conftest import Api


async def create(api: Api, key: str, form: str, path: str = "Applications.json") -> tuple[int, dict[str, object]]:
    reply = await api.ask("POST", path, form, headers={"Idempotency-Key": key})
    return reply.status, reply.json


async def test_the_same_again_is_the_same_resource(other: Api) -> None:
    first = await create(other, "k1", "FriendlyName=A")
    again = await create(other, "k1", "FriendlyName=A")

    assert first[0] == again[0] == 200
    assert again[1] == first[1]
    assert (await other.get("Applications")).one.attrib["total"] == "1"


async def test_another_body_is_a_conflict(other: Api) -> None:
    await create(other, "k2", "FriendlyName=A")
    status, problem = await create(other, "k2", "FriendlyName=B")
    assert (status, problem["code"]) == (409, 20409)
    assert (await other.get("Applications")).one.attrib["total"] == "1"


async def test_keys_belong_to_an_account_and_a_path(api: Api, other: Api) -> None:
    mine = await create(api, "k3", "FriendlyName=A")
    theirs = await create(other, "k3", "FriendlyName=A")
    elsewhere = await create(other, "k3", "PhoneNumber=%2B14155550160", "IncomingPhoneNumbers.json")
    assert [mine[0], theirs[0], elsewhere[0]] == [200, 200, 200]
    assert mine[1]["sid"] != theirs[1]["sid"]


async def test_at_the_same_time_one_is_made(other: Api) -> None:
    replies = await asyncio.gather(*(create(other, "k4", "FriendlyName=A") for _ in range(8)))
    assert {status for status, _ in replies} <= {200, 409}
    assert len({body["sid"] for status, body in replies if status == 200}) == 1
    assert (await other.get("Applications")).one.attrib["total"] == "1"


async def test_what_was_refused_may_be_corrected(other: Api) -> None:
    assert (await create(other, "k5", "Kind=fax"))[0] == 400
    assert (await create(other, "k5", "FriendlyName=A"))[0] == 200


async def test_after_a_day_it_is_forgotten(other: Api, house: House) -> None:
    first = await create(other, "k6", "FriendlyName=A")
    rows = house.store.idempotency_keys
    (key,) = list(await rows.find(account_sid=other.name))
    key.date_created -= timedelta(hours=25)
    await house.store.database.write(rows.deleting(key.sid), rows.inserting(key))

    again = await create(other, "k6", "FriendlyName=A")

    assert again[1]["sid"] != first[1]["sid"]


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_bad_keys(other: Api, key: str) -> None:
    assert (await create(other, key, "FriendlyName=A"))[0] == 400


async def test_a_key_is_kept_for_a_day(other: Api, house: House) -> None:
    form, headers = "PhoneNumber=%2B14155550188", {"Idempotency-Key": "yesterday"}
    first = (await other.ask("POST", "OutgoingCallerIds.json", form, headers=headers)).json["sid"]
    (key,) = await house.store.idempotency_keys.find(account_sid=other.name)

    for age, again in ((KEPT - timedelta(minutes=1), True), (KEPT + timedelta(minutes=1), False)):
        await house.store.idempotency_keys.change(key.sid, date_created=house.clock.utc() - age)
        reply = await other.ask("POST", "OutgoingCallerIds.json", form, headers=headers)
        assert (reply.json["sid"] == first) == again, age
