"""What a new installation begins with: the administrator, demo clients and numbers, as the specification shows them.

Seeding happens once: what was deleted afterwards stays deleted. What is documented for everybody (the administrator's
token, the passwords of the demo clients) is in force only while everything is bound to loopback.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from ringback.kernel.config import Settings
from ringback.store.accounts import AccountRecord
from ringback.store.applications import ApplicationRecord
from ringback.store.clients import ClientRecord
from ringback.store.numbers import NumberRecord
from ringback.store.organizations import OrganizationRecord
from ringback.store.store import ADMINISTRATOR_SID, Store
from ringback.store.writing import Change

ADMINISTRATOR_EMAIL = "administrator@company.com"
#: md5 of ``RestComm``: what every reader of the documentation knows
DOCUMENTED_TOKEN = "77f8c12cc7b8f8423e5c38b035249166"
#: ``2012-04-24T00:00:00.000-06:00``
_BEGINNING = datetime(2012, 4, 24, 6, tzinfo=UTC)
_ORGANIZATION_SID = "ORafbe225ad37541eba518a74248f0ac4c"
_PASSWORD = "1234"
_CLIENTS = {"alice": "CLa2b99142e111427fbb489c3de357f60a", "bob": "CL3003328d0de04ba68f38de85b732ed56"}
_NUMBERS = {
    "1234": "hello-play.xml",
    "1235": "hello-world.xml",
    "1236": "gather/hello-gather.xml",
    "1237": "dial/sip/dial-sip.xml",
    "1238": "dial/client/dial-client.xml",
    "1310": "dial/conference/dial-conference.xml",
    "1311": "dial/conference/dial-conference-moderator.xml",
}
#: numbers whose demo is a voice application of its own: its SID, its name, its document
_APPLICATIONS = {
    "1239": ("APb70c33bf0b6748f09eaec97030af36f3", "rvdSayVerbDemo", "hello-world.xml"),
    "1240": ("AP73926e7113fa4d95981aa96b76eca854", "rvdCollectVerbDemo", "gather/hello-gather.xml"),
    "1241": ("AP81cf45088cba4abcac1261385916d582", "rvdESDemo", "time"),
}
_DEMOS = "/restcomm/demos/"
#: the one whose SID the specification prints
_KNOWN_NUMBERS = {"1234": "PNdd7a0a0248244615978bd5781598e5eb"}
_SEEDED = "seeded"
_SWITCHED_OFF = "demo clients switched off"
_log = structlog.get_logger("ringback.store")


@dataclass(frozen=True, slots=True)
class Seeded:
    """``new_token``: the administrator's token when it was made just now, to be shown once and never again."""

    administrator: AccountRecord
    new_token: str | None = None
    first_start: bool = False


async def seed(store: Store, settings: Settings) -> Seeded:
    """Fills a new database, and makes sure at every start that nothing documented is in force beyond loopback."""
    if await store.facts.get(_SEEDED) is None:
        return await _first(store, settings)
    administrator = await store.accounts.get(ADMINISTRATOR_SID)
    assert administrator is not None, "the administrator's account cannot be deleted"
    if settings.only_loopback:
        await _switch_clients_on(store)
        return Seeded(administrator)
    await _switch_clients_off(store)
    if administrator.auth_token != DOCUMENTED_TOKEN:
        return Seeded(administrator)
    token = secrets.token_hex(16)
    changed = await store.accounts.change(ADMINISTRATOR_SID, auth_token=token)
    _log.warning("the documented token of the administrator is replaced: something is not bound to loopback")
    return Seeded(changed or administrator, token)


async def _first(store: Store, settings: Settings) -> Seeded:
    token = DOCUMENTED_TOKEN if settings.only_loopback else secrets.token_hex(16)
    administrator = _administrator(token)
    changes: list[Change] = [
        store.facts.claiming(_SEEDED, store.database.clock.utc().isoformat()),
        store.organizations.inserting(_organization()),
        store.accounts.inserting(administrator),
    ]
    if settings.demo:
        changes += [
            store.numbers.inserting(_number(digits, voice_url=_DEMOS + demo)) for digits, demo in _NUMBERS.items()
        ]
        for digits, (sid, name, demo) in _APPLICATIONS.items():
            changes.append(store.applications.inserting(_application(sid, name, demo)))
            changes.append(store.numbers.inserting(_number(digits, voice_application_sid=sid)))
    if settings.demo and settings.only_loopback:
        changes += [store.clients.inserting(_client(login, sid)) for login, sid in _CLIENTS.items()]
    await store.database.write(*changes)
    return Seeded(administrator, None if settings.only_loopback else token, first_start=True)


def _organization() -> OrganizationRecord:
    return OrganizationRecord(
        sid=_ORGANIZATION_SID, date_created=_BEGINNING, date_updated=_BEGINNING, domain_name="default.restcomm.com"
    )


def _administrator(token: str) -> AccountRecord:
    return AccountRecord(
        sid=ADMINISTRATOR_SID,
        date_created=_BEGINNING,
        date_updated=_BEGINNING,
        email_address=ADMINISTRATOR_EMAIL,
        friendly_name="Default Administrator Account",
        organization_sid=_ORGANIZATION_SID,
        auth_token=token,
    )


def _client(login: str, sid: str) -> ClientRecord:
    return ClientRecord(
        sid=sid,
        date_created=_BEGINNING,
        date_updated=_BEGINNING,
        account_sid=ADMINISTRATOR_SID,
        friendly_name=login,
        login=login,
        password=_PASSWORD,
    )


def _application(sid: str, name: str, demo: str) -> ApplicationRecord:
    return ApplicationRecord(
        sid=sid,
        date_created=_BEGINNING,
        date_updated=_BEGINNING,
        account_sid=ADMINISTRATOR_SID,
        friendly_name=name,
        rcml_url=_DEMOS + demo,
        kind="voice",
    )


def _number(digits: str, *, voice_url: str | None = None, voice_application_sid: str | None = None) -> NumberRecord:
    """A demo's number: its SID is the same in every installation, and its URL relative to this server's own."""
    return NumberRecord(
        sid=_KNOWN_NUMBERS.get(digits) or "PN" + hashlib.md5(digits.encode(), usedforsecurity=False).hexdigest(),
        date_created=_BEGINNING,
        date_updated=_BEGINNING,
        account_sid=ADMINISTRATOR_SID,
        friendly_name=digits[1:],
        phone_number="+" + digits,
        pure_sip=True,
        voice_url=voice_url,
        voice_application_sid=voice_application_sid,
    )


async def _switch_clients_off(store: Store) -> None:
    """Demo clients whose password everybody knows."""
    for sid in _CLIENTS.values():
        client = await store.clients.get(sid)
        if client is not None and client.status == "1" and client.password == _PASSWORD:
            await store.database.write(
                store.clients.amending(sid, status="0"), store.facts.setting(f"{_SWITCHED_OFF} {sid}", "1")
            )
            _log.warning("a demo client is switched off until it has a password of its own", login=client.login)


async def _switch_clients_on(store: Store) -> None:
    """Those that were switched off here, and nowhere else."""
    for sid in _CLIENTS.values():
        if await store.facts.get(f"{_SWITCHED_OFF} {sid}") is None:
            continue
        await store.facts.forget(f"{_SWITCHED_OFF} {sid}")
        client = await store.clients.get(sid)
        if client is not None and client.status == "0" and client.password == _PASSWORD:
            await store.clients.change(sid, status="1")
