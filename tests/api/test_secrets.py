"""Tokens and passwords: where random tokens and strong passwords are set, and that no log ever tells one."""

import logging
import re
import time

import pytest
import structlog

from ringback.api.authentication import md5
from ringback.api.hashing import Hashes
from ringback.flows.house import House
from ringback.kernel.clock import ManualClock
from ringback.kernel.settings import Settings
from tests.api.conftest import TOKEN, Api, settings_with, sub_account

ACCOUNTS = "/restcomm/2012-04-24/Accounts.json"
STRONG = "RestComm12"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return settings_with(random_tokens=True, strong_passwords=True)


async def test_a_new_account_has_a_random_token_and_a_hashed_password(api: Api, house: House) -> None:
    made = (await api.post(ACCOUNTS, f"EmailAddress=random@example.com&Password={STRONG}")).json

    assert re.fullmatch("[0-9a-f]{32}", made["auth_token"])
    assert made["auth_token"] != md5(STRONG)
    kept = await house.store.accounts.get(made["sid"])
    assert kept is not None
    assert kept.password_hash is not None
    assert kept.password_hash.startswith("$argon2id$")
    assert "password_hash" not in made
    place = f"/restcomm/2012-04-24/Accounts/{made['sid']}.json"
    for name, secret, status in (
        (made["sid"], made["auth_token"], 200),
        ("Random@Example.com", STRONG, 200),
        (made["sid"], STRONG, 200),
        (made["sid"], md5(STRONG), 401),
        (made["sid"], kept.password_hash, 401),
        (made["sid"], STRONG.lower(), 401),
        (made["sid"], "", 401),
    ):
        assert (await api.login(name, secret).get(place)).status == status, (name, secret)


async def test_a_new_password_brings_a_new_token(api: Api) -> None:
    made = (await api.post(ACCOUNTS, f"EmailAddress=changes@example.com&Password={STRONG}")).json
    place = f"/restcomm/2012-04-24/Accounts/{made['sid']}.json"

    changed = (await api.put(place, "Password=mynewpassword12")).json

    assert changed["auth_token"] not in (made["auth_token"], md5("mynewpassword12"))
    for secret, status in ((STRONG, 401), (made["auth_token"], 401), ("mynewpassword12", 200)):
        assert (await api.login(made["sid"], secret).get(place)).status == status, secret
    renamed = (await api.put(place, "FriendlyName=Other")).json
    assert renamed["auth_token"] == changed["auth_token"]
    assert (await api.login(made["sid"], "mynewpassword12").get(place)).json["friendly_name"] == "Other"


async def test_accounts_from_before_the_setting_keep_their_tokens(api: Api, house: House) -> None:
    before = await sub_account(api, house, api.name)
    assert (await before.get("Calls")).status == 200
    assert (await api.login(before.name, md5("secret")).get(f"{before.account}/Calls")).status == 200


async def test_a_password_that_was_found_right_is_not_worked_out_again() -> None:
    clock = ManualClock()
    hashes = Hashes(clock)
    hashed = await hashes.make("secret")
    assert await hashes.fits("secret", hashed)
    began = time.process_time()
    for _ in range(100):
        assert await hashes.fits("secret", hashed)
    assert time.process_time() - began < 0.1
    assert not await hashes.fits("secret", await hashes.make("other"))
    assert not await hashes.fits("secret", None)
    assert not await hashes.fits("secret", "rubbish")


@pytest.mark.parametrize("password", ["1234", "restcomm", "RestComm", "test1234"])
async def test_weak_passwords_are_refused(api: Api, password: str) -> None:
    client = f"Login=weak&Password={password}"
    for path, form in ((ACCOUNTS, f"EmailAddress=weak@example.com&Password={password}"), ("Clients.json", client)):
        reply = await api.post(path, form)
        assert (reply.status, reply.json["message"]) == (400, "Password too weak")


async def test_weak_new_passwords_are_refused(api: Api, house: House) -> None:
    account = await sub_account(api, house, api.name)
    reply = await account.put(f"{account.account}.json", "Password=1234")
    assert (reply.status, reply.json["message"]) == (400, "Password too weak")
    assert (await account.get("Calls")).status == 200
    client = (await account.post("Clients.json", f"Login=strong&Password={STRONG}")).json
    assert client["password"] == STRONG
    assert (await account.put(f"Clients/{client['sid']}.json", "Password=1234")).status == 400


@pytest.mark.parametrize("dialect", ["/restcomm/2012-04-24", "/2010-04-01"])
async def test_no_log_tells_a_token_or_a_password(
    api: Api, dialect: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    email = f"quiet{len(dialect)}@example.com"
    with structlog.testing.capture_logs() as events:
        made = (
            await api.post(f"{dialect}/Accounts.json", f"EmailAddress={email}&FriendlyName=Q&Password={STRONG}")
        ).json
        place = f"{dialect}/Accounts/{made['sid']}.json"
        changed = (await api.put(place, "Password=mynewpassword12")).json
        for secret in (made["auth_token"], changed["auth_token"], "mynewpassword12", STRONG):
            await api.login(made["sid"], secret).get(place)
        await api.post(f"{dialect}/Accounts.json", f"EmailAddress=&Password={STRONG}")
    told = repr(events) + caplog.text + "".join(capfd.readouterr())
    for secret in (TOKEN, made["auth_token"], changed["auth_token"], STRONG, "mynewpassword12", "argon2id"):
        assert secret not in told


async def test_no_log_of_a_defect_tells_a_token(
    api: Api, house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What goes wrong inside is logged with its traceback, and still without what came in."""

    async def broken(sid: str) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(house.store.clients, "get", broken)
    with structlog.testing.capture_logs() as events:
        reply = await api.get("Clients/CL00000000000000000000000000000000.json")
    assert (reply.status, reply.json["code"]) == (500, 20500)
    assert [event["event"] for event in events] == ["a request failed"]
    assert TOKEN not in repr(events) + caplog.text
