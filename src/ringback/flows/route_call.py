"""Whom does a caller want? The caller's own application first, then a client, then a number; else nobody."""

from functools import lru_cache
from urllib.parse import urljoin

import msgspec

from ringback.calls.callbacks import Callback
from ringback.flows.house import House
from ringback.flows.identify_caller import account_must_be_active
from ringback.kernel.errors import NotFound, Refusal
from ringback.numbers.number import spellings
from ringback.rcml.application import Application
from ringback.store.clients import ClientRecord
from ringback.store.numbers import NumberRecord

#: the same few configured URLs, call after call
_absolute = lru_cache(maxsize=1024)(urljoin)
_EVERY_CHANGE = ("ringing", "answered", "completed")


class Route(msgspec.Struct, frozen=True, gc=False):
    """Where a call goes: the account it belongs to, and the application that it runs."""

    account_sid: str
    application: Application
    callback: Callback | None = None
    phone_number_sid: str | None = None


async def route_call(dialled: str, caller: ClientRecord | None, house: House) -> Route:
    """The first that matches. Raises `NotFound` (404), or another `Refusal` that says why."""
    if caller is not None and (caller.voice_application_sid or caller.voice_url):
        return Route(caller.account_sid, await _client_application(caller, house))
    if await house.store.clients.first(login=dialled) is not None:
        raise Refusal(
            f"{dialled} is a client: calls between phones are not carried yet; dial a number that has an application.",
            code=11001,
            sip_status=501,
        )
    number = await find_number(dialled, house)
    if number is None:
        raise NotFound(
            f"Nobody is reached at {dialled!r}: it is no client, and no number of this server. "
            "Bind it with POST IncomingPhoneNumbers.",
            code=11005,
        )
    return await _number_route(number, caller, house)


async def find_number(dialled: str, house: House) -> NumberRecord | None:
    """The number that was dialled, under any of its spellings; else the catch-all ``*``."""
    for name in [*spellings(dialled, house.settings.country), "*"]:
        if (number := await house.store.numbers.first(phone_number=name)) is not None:
            return number
    return None


async def _client_application(client: ClientRecord, house: House) -> Application:
    url = await _application_url(client.voice_application_sid, house) or client.voice_url or ""
    return _application(url, client.voice_method, client.voice_fallback_url, client.voice_fallback_method, house)


async def _number_route(number: NumberRecord, caller: ClientRecord | None, house: House) -> Route:
    account_sid = caller.account_sid if caller is not None else number.account_sid
    await account_must_be_active(account_sid, house)
    url = await _application_url(number.voice_application_sid, house) or number.voice_url
    if not url:
        raise NotFound(f"The number {number.phone_number} has no application: give it a VoiceUrl.", code=11005)
    application = _application(url, number.voice_method, number.voice_fallback_url, number.voice_fallback_method, house)
    callback = None
    if number.status_callback:
        told = _absolute(house.own_url, number.status_callback)
        callback = Callback(told, number.status_callback_method or "POST", _EVERY_CHANGE)
    return Route(account_sid, application, callback, number.sid)


async def _application_url(sid: str | None, house: House) -> str | None:
    record = await house.store.applications.get(sid) if sid else None
    return record.rcml_url if record is not None else None


def _application(
    url: str, method: str | None, fallback_url: str | None, fallback_method: str | None, house: House
) -> Application:
    """The configured URLs, made absolute against this server's own."""
    return Application(
        _absolute(house.own_url, url),
        method or "POST",
        _absolute(house.own_url, fallback_url) if fallback_url else None,
        fallback_method or "POST",
    )
