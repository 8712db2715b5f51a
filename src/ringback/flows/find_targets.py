"""Whom does a destination ring? ``client:alice`` every phone of Alice, ``sip:…`` that address."""

from urllib.parse import parse_qsl

from ringback.calls.hunt import Target
from ringback.flows.house import House
from ringback.kernel.errors import BadParameter, Refusal
from ringback.sip.uri import BadUri, Uri


async def find_targets(to: str, house: House) -> list[Target]:
    """The phones to ring, at least one. Raises `Refusal`: 11008 when a client has none, or no way leads out."""
    bare, _, query = to.partition("?")
    headers = [(_custom(name), value) for name, value in parse_qsl(query)]
    if "@" in bare:
        return [Target(_sip_uri(bare), None, headers)]
    if bare.startswith("client"):
        return await _phones_of(bare, headers, house)
    raise Refusal(
        f"The number {bare} cannot be called: no outbound proxy is set up. Call sip:user@host or client:login.",
        code=11008,
        sip_status=404,
    )


async def _phones_of(to: str, headers: list[tuple[str, str]], house: House) -> list[Target]:
    login = to.partition(":")[2].strip()
    if not login:
        raise BadParameter([f"To = {to!r} is an invalid client identifier; write client:login."])
    now = house.clock.utc()
    phones = [phone for phone in await house.store.registrations.bindings_of(login) if phone.expires_at > now]
    if not phones:
        raise Refusal(
            f"The SIP Client {to} is not registered or does not exist", code=11008, status=409, sip_status=480
        )
    return [Target(Uri.parse(phone.contact), phone.source, headers) for phone in phones]


def _sip_uri(text: str) -> Uri:
    try:
        return Uri.parse(text if text.lower().startswith(("sip:", "sips:")) else "sip:" + text)
    except BadUri as error:
        raise BadParameter([f"To = {text!r} is no SIP address: {error}"], code=21211) from error


def _custom(name: str) -> str:
    """Every header that a destination carries begins with X-."""
    return name if name.upper().startswith("X-") else f"X-{name}"
