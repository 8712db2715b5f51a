"""Closing an account: live calls end, phones are forgotten, what acts is deleted, what happened is kept."""

import asyncio
from datetime import datetime
from typing import Any

import msgspec
import pytest

from ringback.api.registry import resources
from ringback.flows.house import House
from ringback.kernel.sid import new_sid
from ringback.store.recordings import RecordingRecord
from tests.api.conftest import Api, sub_account
from tests.api.test_calls import call_of

DELETED = [
    "Announcements",
    "Applications",
    "Clients",
    "IncomingPhoneNumbers",
    "Notifications",
    "OutgoingCallerIds",
    "Recordings",
    "Sandbox",
    "Transcriptions",
]
KEPT = ["Calls", "Conferences", "Participants", "SMS/Messages"]


def test_each_resource_of_an_account_is_deleted_or_kept() -> None:
    """A new resource has to be put into one of the two lists."""
    ends = {resource.path: resource.ends_with_account for resource in resources() if resource.of_account}
    assert sorted(path for path, ended in ends.items() if ended) == DELETED
    assert sorted(path for path, ended in ends.items() if not ended and path != "Usage/Records") == KEPT


async def test_what_is_deleted_and_what_is_kept(api: Api, other: Api, house: House) -> None:
    below = await sub_account(api, house, other.name)
    things = await fill(below, house)
    bystander = await sub_account(api, house, api.name)
    others = await fill(bystander, house)
    number = (await api.get(f"{below.account}/{things['IncomingPhoneNumbers']}.json")).json["phone_number"]
    sound = house.store.files.recording(things["Recordings"].rpartition("/")[2])
    assert sound.exists()

    closed = await api.post(f"{other.account}.json", "Status=closed")

    assert (closed.status, closed.json["status"]) == (200, "closed")
    for path, item in things.items():
        status = 404 if path in DELETED and path != "Sandbox" else 200
        assert (await api.get(f"{below.account}/{item}.json")).status == status, path
    for item in others.values():
        assert (await api.get(f"{bystander.account}/{item}.json")).status == 200
    assert not sound.exists()
    assert await house.store.numbers.first(phone_number=number) is None
    free = await bystander.post("IncomingPhoneNumbers.json", {"PhoneNumber": number})
    assert free.json["account_sid"] == bystander.name
    for account in (other, below):
        assert (await account.get("Calls")).status == 403
        assert (await api.get(f"{account.account}.json")).json["status"] == "closed"
    listed = (await api.get("/restcomm/2012-04-24/Accounts.json?Status=closed&PageSize=1000")).json["accounts"]
    assert other.name in [account["sid"] for account in listed]


async def test_nothing_begins_in_a_closed_account(api: Api, other: Api) -> None:
    await api.post(other.account, "Status=closed")
    for path, form in (
        ("Clients", "Login=late&Password=x"),
        ("Calls", "From=a&To=sip:a@127.0.0.1&Url=http://127.0.0.1/"),
        ("SMS/Messages", "From=a&To=b&Body=x"),
        ("UssdPush", "From=a&To=b&Url=http://127.0.0.1/"),
        ("IncomingPhoneNumbers", "PhoneNumber=%2B14155550123"),
    ):
        reply = await api.post(f"{other.account}/{path}.json", form)
        assert (reply.status, reply.json["code"]) == (409, 20409), path
    assert (await api.post(other.account, "Status=active")).status == 400


@pytest.mark.parametrize("status", ["suspended", "inactive"])
async def test_nobody_calls_for_a_suspended_account(api: Api, other: Api, status: str) -> None:
    await api.post(other.account, f"Status={status}")
    for path, form in (
        ("Calls", "From=a&To=sip:a@127.0.0.1&Url=http://127.0.0.1/"),
        ("SMS/Messages", "From=a&To=b&Body=x"),
        ("UssdPush", "From=a&To=b&Url=http://127.0.0.1/"),
    ):
        assert (await api.post(f"{other.account}/{path}.json", form)).status == 403
    made = await api.post(f"{other.account}/Clients.json", f"Login=for-{other.name}&Password=x")
    assert made.status == 200
    await api.post(other.account, "Status=active")
    assert (await other.get(f"Clients/{made.json['sid']}")).status == 200


async def test_many_things_are_deleted_too(api: Api, other: Api, house: House) -> None:
    now = house.clock.utc()
    recordings = [
        RecordingRecord(
            sid=new_sid("RE"), date_created=now, date_updated=now, account_sid=other.name, call_sid=new_sid("CA")
        )
        for _ in range(450)
    ]
    await asyncio.gather(*(house.store.recordings.insert(recording) for recording in recordings))
    assert (await other.get("Recordings.json?PageSize=1")).json["total"] == 450

    await api.post(other.account, "Status=closed")

    assert (await api.get(f"{other.account}/Recordings.json")).json["total"] == 0


async def fill(account: Api, house: House) -> dict[str, str]:
    """One of everything; by the path of its list, the path of each below its account."""
    now, sids = house.clock.utc(), dict[str, str]()
    forms = {
        "Applications": "FriendlyName=a",
        "Clients": f"Login=of-{account.name}&Password=x",
        "IncomingPhoneNumbers": f"PhoneNumber=%2B1415{int(account.name[2:9], 16) % 10**7:07d}",
        "OutgoingCallerIds": "PhoneNumber=%2B14155551234",
        "SMS/Messages": "From=a&To=b&Body=x",
    }
    for path, form in forms.items():
        sids[path] = (await account.post(f"{path}.json", form)).json["sid"]
    await house.tasks.wait(5)
    call = call_of(account.name)
    await house.store.calls.insert(call)
    for resource in resources():
        if resource.path in ("Announcements", "Recordings", "Transcriptions", "Conferences", "Notifications"):
            record = _any(resource.record, now, new_sid(resource.prefix), account.name)
            await resource.rows(house.store).insert(record)
            sids[resource.path] = record.sid
    house.store.files.recording(sids["Recordings"]).write_bytes(b"RIFF")
    await account.get("Sandbox")
    return {"Calls": f"Calls/{call.sid}", "Sandbox": "Sandbox", **{path: f"{path}/{sid}" for path, sid in sids.items()}}


def _any(kind: type[msgspec.Struct], now: datetime, sid: str, account: str) -> Any:
    """A record whose required fields hold something of their type."""
    known: dict[str, Any] = {"sid": sid, "account_sid": account}
    for field in msgspec.structs.fields(kind):
        if field.required and field.name not in known:
            known[field.name] = now if field.type is datetime else 1 if field.type is int else "completed"
    return kind(**known)
