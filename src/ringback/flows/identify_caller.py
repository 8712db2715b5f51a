"""Who is calling? A known login must prove itself; everybody else is a stranger, who may still dial numbers."""

from ringback.flows.house import House
from ringback.kernel.errors import NotPermitted, Refusal
from ringback.sip.digest import Accepted, Stale
from ringback.sip.message import Request
from ringback.store.accounts import AccountRecord
from ringback.store.clients import ClientRecord

ACTIVE = "active"
ENABLED = "1"


class Challenge(Refusal):
    """The caller is asked for credentials: 401 for a REGISTER, 407 for anything else (RFC 3261 §22)."""

    def __init__(self, headers: list[tuple[str, str]], sip_status: int) -> None:
        super().__init__("credentials are needed", status=401, sip_status=sip_status)
        self.headers = headers


async def identify_caller(request: Request, house: House) -> ClientRecord | None:
    """The client that From names, proven by its digest; None for a stranger.

    Raises `Challenge`, or `NotPermitted` for a wrong answer, a disabled client, an account that is not active.
    """
    client = await house.store.clients.first(login=request.from_.uri.user)
    if client is None:
        return None
    if house.settings.sip.authenticate:
        prove(request, client.login, client, house, sip_status=407)
    await must_be_active(client, house)
    return client


def prove(request: Request, login: str, client: ClientRecord | None, house: House, *, sip_status: int) -> None:
    """Checks the request's digest against ``client``; an unknown login fares like a wrong password (RFC 3261 §22.1)."""
    credentials = request.headers.get("Proxy-Authorization") or request.headers.get("Authorization")
    if credentials is None:
        raise challenge(request, house, sip_status=sip_status)
    password = client.password if client is not None else None
    verdict = house.authenticator.check(
        credentials, request.method, lambda username: password if username == login else None
    )
    if isinstance(verdict, Stale):
        raise challenge(request, house, sip_status=sip_status, stale=True)
    if not isinstance(verdict, Accepted):
        raise NotPermitted(f"The credentials of {login!r} are wrong.", code=11001)


def challenge(request: Request, house: House, *, sip_status: int, stale: bool = False) -> Challenge:
    """What asks the sender of ``request`` for a proof."""
    name = "WWW-Authenticate" if sip_status == 401 else "Proxy-Authenticate"
    challenges = house.authenticator.challenge(stale=stale, user_agent=request.user_agent)
    return Challenge([(name, value) for value in challenges], sip_status)


async def must_be_active(client: ClientRecord, house: House) -> AccountRecord:
    """The client's account. Raises `NotPermitted` unless both may be used."""
    if client.status != ENABLED:
        raise NotPermitted(f"The client {client.login!r} is disabled.", code=11001)
    return await account_must_be_active(client.account_sid, house)


async def account_must_be_active(account_sid: str, house: House) -> AccountRecord:
    """The account of this SID. Raises `NotPermitted` unless it is active."""
    account = await house.store.accounts.get(account_sid)
    if account is None or account.status != ACTIVE:
        raise NotPermitted("Account is not ACTIVE", code=11005)
    return account
