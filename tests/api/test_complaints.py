"""What is refused to an account is found among its Notifications; what is refused to nobody known, in the log."""

import asyncio
from typing import Any
from urllib.parse import parse_qs

import pytest
import structlog

from ringback.api.complaints import MOST, MOST_LINES
from ringback.api.server import build_api
from ringback.flows.house import House
from ringback.kernel.allowance import SECONDS
from ringback.kernel.clock import ManualClock
from ringback.kernel.errors import Unavailable
from ringback.store.store import ADMINISTRATOR_SID
from tests.api.conftest import Api, sub_account
from tests.api.test_calls import call_of


class Impatient(ManualClock):
    """Turned by hand, but nobody who guesses waits."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@pytest.fixture(scope="module")
def clock() -> Impatient:
    return Impatient()


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
    of_call = (await other.get(f"Calls/{call.sid}/Notifications.json")).json["notifications"]
    assert [one["call_sid"] for one in of_call] == ([call.sid] if "{call}" in path else [])


@pytest.mark.parametrize(
    ("method", "path", "form", "code", "url", "variables"),
    [
        ("GET", "Calls?Page=x&To=bob", None, 20006, "Calls", {"Page": ["x"], "To": ["bob"]}),
        ("GET", "Calls.json?To=%00", None, 20001, "Calls.json", {}),
        ("POST", "Nothing", "a=b", 20404, "Nothing", {}),
        ("DELETE", "Calls", None, 20004, "Calls", {}),
        ("GET", "Calls/x", None, 20404, "Calls/x", {}),
        ("GET", "Clients/a%00b", None, 20404, "Clients/a%00b", {}),
        ("GET", "/restcomm/2012-04-24/Accounts/AC" + "0" * 32, None, 20404, "", {}),
        ("GET", "/restcomm/2012-04-24/Accounts/administrator@company.com/Calls", None, 20003, "", {}),
        ("GET", "Supervisor.json", None, 20003, "Supervisor.json", {}),
        ("PUT", "Clients/CL" + "0" * 32, "VoiceMethod=PUT", 20404, "Clients/CL" + "0" * 32, {}),
    ],
)
async def test_whatever_is_refused(
    other: Api,
    house: House,
    method: str,
    path: str,
    form: str | None,
    code: int,
    url: str,
    variables: dict[str, list[str]],
) -> None:
    """The account of whoever asked has it, also when that asked for another account."""
    refused = await other.ask(method, path, form)

    (note,) = await noted(other, house)
    assert (note["error_code"], note["log"], note["request_method"]) == (code, 0, method)
    assert note["request_url"] == (f"{other.account}/{url}" if url else path)
    assert parse_qs(note["request_variables"]) == variables
    assert 400 <= refused.status < 500


async def test_one_below_has_what_was_refused_to_one_above(api: Api, other: Api, house: House) -> None:
    assert (await api.get(f"{other.account}/Calls?Page=x")).status == 400
    assert [note["error_code"] for note in await noted(other, house)] == [20006]


async def test_a_role_that_may_not(api: Api, house: House) -> None:
    developer = await sub_account(api, house, ADMINISTRATOR_SID, role="Developer")
    assert (await developer.delete(f"Transcriptions/TR{'0' * 32}")).status == 403
    assert [note["error_code"] for note in await noted(developer, house)] == [20003]


async def test_a_suspended_account(api: Api, house: House) -> None:
    suspended = await sub_account(api, house, ADMINISTRATOR_SID, status="suspended")
    assert (await suspended.get("Calls")).status == 403
    await house.store.database.write(lambda _writing: None)
    (note,) = (await api.get(f"{suspended.account}/Notifications.json")).json["notifications"]
    assert note["error_code"] == 20005


async def test_nobody_known_is_logged_a_few_times_and_counted(api: Api, base: str, house: House) -> None:
    """401, and 429 of who is locked out; no account has a Notification, and no log what was guessed."""
    before = (await api.get("Supervisor/metrics.json")).json["Metrics"]["RequestsNotAuthenticated"]
    had = len(await noted(api, house))
    with structlog.testing.capture_logs() as events:
        for number in range(MOST_LINES + 3):
            stranger = api.login(f"AC{number:032x}", "guessed")
            assert (await stranger.get("Calls")).status == 401
    assert [event["event"] for event in events] == ["a request was refused"] * MOST_LINES
    assert "guessed" not in repr(events)
    assert {(event["source"], event["status"], event["log_level"]) for event in events} == {("127.0.0.1", 401, "info")}
    after = (await api.get("Supervisor/metrics.json")).json["Metrics"]["RequestsNotAuthenticated"]
    assert after - before == MOST_LINES + 3
    assert len(await noted(api, house)) == had


async def test_a_database_that_takes_nothing_changes_no_answer(
    other: Api, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_changes: object) -> None:
        raise Unavailable("The database cannot keep up.")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(house.store.database, "submit", full)
        assert (await other.get("Calls?Page=x")).status == 400
        assert (await other.post("Calls.json", "")).status == 400
    assert await noted(other, house) == []


async def test_a_defect_is_noted_without_what_it_was(other: Api, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(sid: str) -> None:
        raise RuntimeError("the inside of the house")

    monkeypatch.setattr(house.store.clients, "get", broken)
    await other.post("Clients/CL00000000000000000000000000000000.json", "FriendlyName=x")
    (note,) = await noted(other, house)
    assert note["error_code"] == 20500
    assert "inside" not in repr(note)


async def test_a_program_in_a_circle_does_not_fill_the_disk(other: Api, house: House, clock: ManualClock) -> None:
    """30 in a minute, then one that says how many others there were; then it begins anew."""
    for number in range(MOST + 10):
        assert (await other.ask("POST" if number % 2 else "GET", "Calls.json?Page=x", "")).status == 400
    assert len(await noted(other, house)) == MOST
    clock.advance(SECONDS)
    last, *_ = await noted(other, house)
    assert (last["error_code"], last["log"]) == (20429, 1)
    assert last["message_text"] == "10 more requests were refused within that minute, and not noted."
    assert len(await noted(other, house)) == MOST + 1
    await other.get("Calls?Page=x")
    assert len(await noted(other, house)) == MOST + 2


async def test_what_is_left_to_be_told_is_told_at_the_end(other: Api, house: House) -> None:
    door = build_api(house).state.door
    for _ in range(MOST + 1):
        await refused_by(door, other)
    assert len(await noted(other, house)) == MOST
    door.last_words()
    last, *_ = await noted(other, house)
    assert last["message_text"] == "1 more request was refused within that minute, and not noted."


async def refused_by(door: Any, account: Api) -> None:
    answers: list[Any] = []

    async def send(message: Any) -> None:
        answers.append(message)

    headers = [(name.lower().encode(), value.encode()) for name, value in account.headers.items()]
    path = f"{account.account}/Calls/x"
    await door({"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}, None, send)
    assert answers[0]["status"] == 404
