"""What is refused to a request that wanted to change something is found among the Notifications of its account."""

from typing import Any
from urllib.parse import parse_qs

import pytest

from ringback.api.complaints import MOST
from ringback.flows.house import House
from tests.api.conftest import Api
from tests.api.test_calls import call_of


async def noted(account: Api, house: House, **query: str) -> list[dict[str, Any]]:
    await house.store.database.write(lambda _writing: None)  # everything queued before is kept now
    asked = "&".join(f"{name}={value}" for name, value in {"PageSize": "1000", **query}.items())
    found: list[dict[str, Any]] = (await account.get(f"Notifications.json?{asked}")).json["notifications"]
    return found


async def test_a_bad_parameter(other: Api, house: House) -> None:
    refused = await other.post("Calls.json", "From=bob&To=client:alice&Url=nope")

    (note,) = await noted(other, house)
    assert (note["error_code"], note["log"]) == (21205, 0)
    assert note["message_text"] == refused.json["message"]
    assert note["more_info"] == refused.json["more_info"] == "/restcomm/errors/21205.html"
    assert (note["request_url"], note["request_method"]) == (f"{other.account}/Calls.json", "POST")
    assert parse_qs(note["request_variables"]) == {"From": ["bob"], "To": ["client:alice"], "Url": ["nope"]}
    assert "call_sid" not in note


async def test_passwords_are_not_kept(other: Api, house: House) -> None:
    await other.post("Clients.json", "Password=topsecret&FriendlyName=x")

    (note,) = await noted(other, house)
    assert note["request_variables"] == "Password=***&FriendlyName=x"
    assert "topsecret" not in repr(note)


@pytest.mark.parametrize(
    ("method", "path", "form", "code"),
    [
        ("POST", "Calls/{call}.json", "Status=completed", 21220),
        ("POST", "Calls/{call}.json", "Mute=true", 21200),
        ("POST", "Email/Messages.json", "From=a@x.org&To=b@x.org&Subject=Hi&Body=x", 20503),
    ],
)
async def test_what_is_not_possible(other: Api, house: House, method: str, path: str, form: str, code: int) -> None:
    call = call_of(other.name)
    await house.store.calls.insert(call)
    await other.ask(method, path.format(call=call.sid), form)

    (note,) = await noted(other, house)
    assert note["error_code"] == code


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [("GET", "Calls?Page=x", None), ("POST", "Nothing", ""), ("DELETE", "Calls", None), ("GET", "Calls/x", None)],
)
async def test_what_changes_nothing_is_answered_and_no_more(
    other: Api, house: House, method: str, path: str, form: str | None
) -> None:
    await other.ask(method, path, form)
    assert await noted(other, house) == []


async def test_a_defect_is_noted_without_what_it_was(other: Api, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(sid: str) -> None:
        raise RuntimeError("the inside of the house")

    monkeypatch.setattr(house.store.clients, "get", broken)
    await other.post("Clients/CL00000000000000000000000000000000.json", "FriendlyName=x")
    (note,) = await noted(other, house)
    assert note["error_code"] == 20500
    assert "inside" not in repr(note)


async def test_a_program_in_a_circle_does_not_fill_the_disk(other: Api, house: House) -> None:
    for _ in range(MOST + 10):
        assert (await other.post("Calls.json", "")).status == 400
    assert len(await noted(other, house)) == MOST
