"""A phone registers: who it is, what it may, and where it is reached from now on (RFC 3261 §10.3)."""

from ringback.calls.notes import Fault
from ringback.flows.house import House
from ringback.flows.identify_caller import Challenge, challenge, must_be_active, prove
from ringback.kernel.errors import Refusal, Unavailable
from ringback.sip.registration import Binding, Limits, bind
from ringback.sip.server_request import ServerRequest
from ringback.store.clients import ClientRecord
from ringback.store.registrations import RegistrationRecord

#: seconds after which a phone may ask again
_SOON = "5"


def challenged_at_once(asked: ServerRequest, house: House) -> bool:
    """Whether a REGISTER without credentials was answered: for that, nobody needs to be looked up."""
    if not house.settings.sip.authenticate or asked.request.authorization:
        return False
    asked.reply(401, headers=challenge(asked.request, house, sip_status=401).headers)
    return True


async def register_client(asked: ServerRequest, house: House) -> None:
    """Answers a REGISTER; what it binds is kept before the answer. 503 while the database cannot be asked."""
    try:
        await _answer(asked, house)
    except Unavailable as unavailable:
        asked.reply(unavailable.sip_status, headers=[("Retry-After", _SOON)])


async def _answer(asked: ServerRequest, house: House) -> None:
    login = asked.request.to.uri.user
    client = await house.store.clients.first(login=login)
    try:
        if house.settings.sip.authenticate or client is None:
            prove(asked.request, login, client, house, sip_status=401)
        assert client is not None, "nobody proves to be an unknown client"
        await must_be_active(client, house)
    except Challenge as needed:
        return asked.reply(needed.sip_status, headers=needed.headers)
    except Refusal as refusal:
        if client is not None:
            house.notes.write(client.account_sid, Fault(refusal.code, refusal.message))
        return asked.reply(refusal.sip_status or 403)
    await _bind(asked, client, house)


async def _bind(asked: ServerRequest, client: ClientRecord, house: House) -> None:
    limits = Limits(house.settings.sip.min_expires, house.settings.sip.max_expires)
    async with house.turns.of(client.login):
        existing = [_binding(record) for record in await house.store.registrations.bindings_of(client.login)]
        result = bind(asked.request, asked.source, existing, limits, house.clock.utc())
        await house.store.registrations.replace(client, result.upserts, result.deletions)
    asked.reply(result.status, result.reason, headers=result.headers)


def _binding(record: RegistrationRecord) -> Binding:
    return Binding(**{name: getattr(record, name) for name in _FIELDS})


_FIELDS = Binding.__struct_fields__
