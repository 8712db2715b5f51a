"""What `ringback serve` shows once it is ready: what listens where, who may do what, and lines to try."""

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from ringback import __version__
from ringback.kernel.catalogue import settings_in_order
from ringback.kernel.settings import Settings

if TYPE_CHECKING:
    from ringback.app import Ringback
    from ringback.store.clients import ClientRecord

API = "/restcomm/2012-04-24"
#: what every reader of the documentation knows: the administrator's token, the password of the demo clients
DOCUMENTED_TOKEN = "77f8c12cc7b8f8423e5c38b035249166"
DOCUMENTED_PASSWORD = "1234"


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to tell. ``token``: the administrator's, when it may be shown; ``phones``: login and password."""

    settings: Settings
    http: str
    sip_host: str
    sip_port: int
    media: str
    sid: str
    email: str
    token: str | None
    token_is_new: bool
    phones: Sequence[tuple[str, str]]
    numbers: Sequence[str]
    command: str


async def banner(ringback: "Ringback") -> str:
    """The text for this running server."""
    return "\n".join(_lines(await _facts(ringback)))


async def _facts(ringback: "Ringback") -> Facts:
    house = ringback.house
    administrator = await house.store.accounts.get(house.administrator_sid)
    assert administrator is not None
    clients = await house.store.clients.find(account_sid=administrator.sid)
    numbers = await house.store.numbers.find(account_sid=administrator.sid)
    documented = administrator.auth_token == DOCUMENTED_TOKEN
    return Facts(
        settings=house.settings,
        http=house.own_url,
        sip_host=house.sip.host,
        sip_port=house.sip.port,
        media=house.media.description.removeprefix("RTP on "),
        sid=administrator.sid,
        email=administrator.email_address or "",
        token=administrator.auth_token if documented else ringback.new_token,
        token_is_new=ringback.new_token is not None,
        phones=[(client.login, client.password) for client in clients if _is_documented(client)][:2],
        numbers=[number.phone_number.lstrip("+") for number in numbers][:4],
        command=own_command(),
    )


def _is_documented(client: "ClientRecord") -> bool:
    """Whether everybody knows the password, so that showing it tells nobody anything."""
    return client.password == DOCUMENTED_PASSWORD and client.status == "1"


def _lines(facts: Facts) -> Iterator[str]:
    yield f"\nRingback {__version__} is ready.\n"
    yield f"  HTTP            {facts.http}{API}/{_everywhere(facts.settings.http.host)}"
    yield f"  SIP             {_host(facts.sip_host)}:{facts.sip_port}, UDP and TCP{_everywhere(facts.sip_host)}"
    yield f"  RTP             {facts.media}"
    yield f"  data            {facts.settings.data_dir.absolute()}"
    yield f"  administrator   {facts.sid}, {facts.email}"
    yield f"  token           {_token(facts)}"
    if facts.phones:
        names = ", ".join(f"{login} (password {password})" for login, password in facts.phones)
        yield f"  SIP users       {names}"
    if facts.numbers:
        yield f"  to dial         {', '.join(facts.numbers)}"
    yield from _to_try(facts)
    yield "\nCtrl-C stops.\n"


def _everywhere(host: str) -> str:
    return "   (on every address)" if host in ("0.0.0.0", "::") else ""


def _token(facts: Facts) -> str:
    if facts.token is None:
        return "the one that was shown at the first start"
    return facts.token + ("   (made just now, and not shown again: keep it)" if facts.token_is_new else "")


def _to_try(facts: Facts) -> Iterator[str]:
    login, password = facts.phones[0] if facts.phones else ("alice", token_urlsafe(9))
    yield "\nTry it.\n"
    if not facts.phones:
        yield " A client, with a password made up just now:\n"
        yield f"  {curl(facts, 'Clients.json', Login=login, Password=password)}\n"
    yield " In a second terminal, a telephone that registers and answers:\n"
    yield f"  {facts.command} phone --register {login}:{password} --answer{_server(facts)}"
    yield "\n In a third, let Ringback call it and play a document's prompt:\n"
    document = f"{facts.http}/restcomm/demos/hello-play.xml"
    yield f"  {curl(facts, 'Calls.json', From='+16175551212', To=f'client:{login}', Url=document)}"
    yield "\n And then, what happened in that call, message by message:\n"
    yield f"  {facts.command} trace --last{_data(facts.settings)}"


def curl(facts: Facts, resource: str, **form: str) -> str:
    """A line as the documentation has it, with this server's address and credentials."""
    where = facts.http.replace("://", f"://{facts.sid}:{facts.token or 'TOKEN'}@")
    parameters = "".join(f" -d {shlex.quote(f'{name}={value}')}" for name, value in form.items())
    return f"curl -X POST {where}{API}/Accounts/{facts.sid}/{resource}{parameters}"


def _server(facts: Facts) -> str:
    """The phone's option for a server that is not at the usual place."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(facts.sip_host, facts.sip_host)
    usual = Settings().sip
    if (host, facts.sip_port) == (usual.host, usual.port):
        return ""
    return f" --server {_host(host)}:{facts.sip_port}"


def _data(settings: Settings) -> str:
    default = settings_in_order()["data_dir"].default
    return "" if settings.data_dir == default else f" --data-dir {shlex.quote(str(settings.data_dir))}"


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def own_command() -> str:
    """How this very program is called from the same folder."""
    path = Path(sys.argv[0])
    relative = os.path.relpath(path)
    return shlex.quote(min(str(path), relative, key=len))
