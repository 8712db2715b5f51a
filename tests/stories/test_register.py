"""A phone registers: digest, realm, stale nonces, limits of time, several contacts, un-register, wrong and unknown."""

from datetime import UTC, datetime, timedelta

import pytest

from ringback.app import Ringback
from ringback.kernel.clock import ManualClock
from ringback.sip.address import NameAddress
from ringback.sip.digest import Authenticator, Credentials, answer, choose, parse_digest
from ringback.sip.message import Response
from ringback.sip.session import HeaderList
from ringback.sip.uri import Uri
from ringback.testing import Phone, WasRefused
from tests.conftest import MakeClient, MakePhone
from tests.stories.rest import Rest


async def register_by_hand(phone: Phone, ringback: Ringback, user: str, headers: HeaderList = ()) -> Response:
    """A REGISTER with exactly these headers."""
    server = Uri.parse(f"sip:127.0.0.1:{ringback.house.sip.port}")
    who = NameAddress("", Uri.parse(f"sip:{user}@127.0.0.1"))
    return await phone.sip.request("REGISTER", server, from_=who, to=who, headers=headers, timeout=5)


async def contacts_of(ringback: Ringback, login: str) -> list[str]:
    return sorted(binding.contact for binding in await ringback.house.store.registrations.bindings_of(login))


def proof(challenges: list[str], user: str, password: str, port: int, count: int = 1) -> str:
    challenge = choose(challenges)
    assert challenge is not None
    uri = f"sip:127.0.0.1:{port}"
    return answer(challenge, "REGISTER", uri, Credentials(user, password), count=count)


async def test_a_client_made_a_moment_ago_registers(phone: Phone, new_client: MakeClient, ringback: Ringback) -> None:
    """The main job, 1: `POST …/Clients.json` creates a client; a SIP phone registers with it."""
    login = await new_client("secret!")
    registration = await phone.register(login, "secret!")
    assert registration.granted == 300
    assert await contacts_of(ringback, login) == [phone.uri]
    assert [title[:8] for title in phone.ladder.titles()] == ["REGISTER", "401 Unau", "REGISTER", "200 OK ("]


async def test_the_challenge_offers_sha_256_and_md5_in_our_realm(
    phone: Phone, new_client: MakeClient, ringback: Ringback
) -> None:
    """RFC 8760: the strongest first; RFC 3261 §22.2: 401 with WWW-Authenticate."""
    refused = await register_by_hand(phone, ringback, await new_client())
    assert refused.status == 401
    fields = [parse_digest(value) for value in refused.headers.all("WWW-Authenticate")]
    assert [field["algorithm"] for field in fields] == ["SHA-256", "MD5"]
    assert {(field["realm"], field["qop"]) for field in fields} == {("ringback", "auth")}


async def test_an_old_nonce_is_stale_and_a_new_one_is_taken(
    phone: Phone, new_client: MakeClient, ringback: Ringback
) -> None:
    login, port = await new_client(), ringback.house.sip.port
    yesterday = ManualClock(datetime.now(UTC) - timedelta(days=1))
    old = Authenticator(ringback.house.store.secret("digest"), "ringback", yesterday).challenge()
    contact = ("Contact", f"<{phone.uri}>")
    stale = await register_by_hand(
        phone, ringback, login, [contact, ("Authorization", proof(old, login, "1234", port))]
    )
    challenges = stale.headers.all("WWW-Authenticate")
    assert (stale.status, parse_digest(challenges[0])["stale"]) == (401, "true")
    taken = await register_by_hand(
        phone, ringback, login, [contact, ("Authorization", proof(challenges, login, "1234", port))]
    )
    assert taken.status == 200


async def test_a_proof_that_was_used_is_not_taken_again(
    phone: Phone, new_client: MakeClient, ringback: Ringback
) -> None:
    login, port = await new_client(), ringback.house.sip.port
    challenges = (await register_by_hand(phone, ringback, login)).headers.all("WWW-Authenticate")
    once = [("Contact", f"<{phone.uri}>"), ("Authorization", proof(challenges, login, "1234", port))]
    assert (await register_by_hand(phone, ringback, login, once)).status == 200
    assert (await register_by_hand(phone, ringback, login, once)).status == 401
    again = [("Contact", f"<{phone.uri}>"), ("Authorization", proof(challenges, login, "1234", port, count=2))]
    assert (await register_by_hand(phone, ringback, login, again)).status == 200


async def test_too_short_a_time_is_refused_with_the_least(phone: Phone, new_client: MakeClient) -> None:
    """RFC 3261 §10.3: 423 with Min-Expires."""
    with pytest.raises(WasRefused, match="423 Interval Too Brief") as refusal:
        await phone.register(await new_client(), "1234", expires=10)
    assert refusal.value.status == 423
    last = phone.ladder.steps[-1].message
    assert last.headers.get("Min-Expires") == "30"


async def test_too_long_a_time_is_shortened(phone: Phone, new_client: MakeClient) -> None:
    registration = await phone.register(await new_client(), "1234", expires=86_400)
    assert registration.granted == 3600


async def test_several_phones_of_a_client(new_phone: MakePhone, new_client: MakeClient, ringback: Ringback) -> None:
    login = await new_client()
    ann, ben = await new_phone(), await new_phone()
    await ann.register(login, "1234")
    registration = await ben.register(login, "1234")
    assert registration.answer is not None
    assert sorted(str(contact.uri) for contact in registration.answer.contacts) == sorted([ann.uri, ben.uri])
    await ann.unregister()
    assert await contacts_of(ringback, login) == [ben.uri]
    await ben.unregister()
    assert await contacts_of(ringback, login) == []


async def test_several_contacts_in_one_request_and_all_forgotten_with_a_star(
    phone: Phone, new_client: MakeClient, ringback: Ringback
) -> None:
    login = await new_client()
    one, two = "sip:a@127.0.0.1:5071", "sip:b@127.0.0.1:5072"
    await phone.register(login, "1234", headers=[("Contact", f"<{one}>, <{two}>;q=0.5")])
    assert await contacts_of(ringback, login) == [one, two]
    await phone.register(login, "1234", expires=0, headers=[("Contact", "*")])
    assert await contacts_of(ringback, login) == []


async def test_a_phone_that_moved_replaces_its_older_contact(
    phone: Phone, new_client: MakeClient, ringback: Ringback
) -> None:
    """RFC 5626: the same +sip.instance is the same phone."""
    login = await new_client()
    instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"'
    await phone.register(login, "1234", headers=[("Contact", f"<sip:a@127.0.0.1:5071>;{instance}")])
    await phone.register(login, "1234", headers=[("Contact", f"<sip:a@127.0.0.1:5099>;{instance}")])
    assert await contacts_of(ringback, login) == ["sip:a@127.0.0.1:5099"]


async def test_a_wrong_password_and_an_unknown_user_look_the_same(
    new_phone: MakePhone, new_client: MakeClient, ringback: Ringback
) -> None:
    login = await new_client()
    ladders = []
    for user in (login, "nobody-of-that-name"):
        phone = await new_phone()
        with pytest.raises(WasRefused, match="403 Forbidden") as refusal:
            await phone.register(user, "wrong")
        assert "wrong password, or no such user" in str(refusal.value)
        ladders.append([title.partition(" sip:")[0] for title in phone.ladder.titles()])
    assert (
        ladders[0]
        == ladders[1]
        == [
            "REGISTER",
            "401 Unauthorized (REGISTER)",
            "REGISTER",
            "403 Forbidden (REGISTER)",
        ]
    )
    assert await contacts_of(ringback, login) == []


async def test_nobody_registers_for_another(phone: Phone, new_client: MakeClient, ringback: Ringback) -> None:
    """The To user must be the digest user."""
    mine, other = await new_client(), await new_client()
    challenges = (await register_by_hand(phone, ringback, other)).headers.all("WWW-Authenticate")
    authorization = ("Authorization", proof(challenges, mine, "1234", ringback.house.sip.port))
    answered = await register_by_hand(phone, ringback, other, [("Contact", f"<{phone.uri}>"), authorization])
    assert answered.status == 403
    assert await contacts_of(ringback, other) == []


async def test_a_disabled_client_cannot_register(phone: Phone, new_client: MakeClient) -> None:
    """Table 4.7, Status: "0 for disabled"."""
    with pytest.raises(WasRefused, match="403"):
        await phone.register(await new_client(Status="0"), "1234")


async def test_a_deleted_clients_phones_are_forgotten(phone: Phone, api: Rest, ringback: Ringback) -> None:
    made = await api.post("Clients.json", Login="shortlived", Password="1234")
    await phone.register("shortlived", "1234")
    assert (await api.ask("DELETE", f"Clients/{made['sid']}.json")).status == 200
    assert await contacts_of(ringback, "shortlived") == []
    with pytest.raises(WasRefused, match="403"):
        await phone.register("shortlived", "1234")


async def test_the_demo_clients_are_there(new_phone: MakePhone, ringback: Ringback) -> None:
    """Two ready SIP users: alice and bob, both with 1234."""
    for login in ("alice", "bob"):
        phone = await new_phone()
        assert (await phone.register(login, "1234")).granted == 300
        await phone.unregister()
