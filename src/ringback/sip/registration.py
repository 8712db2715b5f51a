"""The registrar's rules, without store or sockets: what a REGISTER changes, and how it is answered (RFC 3261 §10.3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from ringback.sip.address import NameAddress
from ringback.sip.message import BadMessage, Request
from ringback.sip.uri import Uri

#: what a phone gets that names no time, in seconds (§10.2.1.1)
DEFAULT_EXPIRES = 3600


class Limits(msgspec.Struct, frozen=True, gc=False):
    """Seconds that a registration may last, and how many contacts a login may have."""

    min_expires: int = 30
    max_expires: int = 3600
    max_contacts: int = 10


class Binding(msgspec.Struct, frozen=True, gc=False):
    """Where a login is reached, until ``expires_at``. ``source``: where its REGISTER came from, "udp:10.0.0.9:5061"."""

    login: str
    contact: str
    expires_at: datetime
    call_id: str
    cseq: int
    source: str
    instance: str = ""
    user_agent: str = ""
    path: tuple[str, ...] = ()
    q: float = 1.0
    display_name: str = ""


class Registered(msgspec.Struct, frozen=True, gc=False):
    """The answer to a REGISTER, and what is to be stored: first ``deletions``, then ``upserts`` (by login, contact)."""

    status: int
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    upserts: tuple[Binding, ...] = ()
    deletions: tuple[Binding, ...] = ()


def bind(request: Request, source: str, existing: Sequence[Binding], limits: Limits, now: datetime) -> Registered:
    """Applies ``request`` to the bindings of its To user; nothing is changed when any part of it is refused."""
    live = [binding for binding in existing if binding.expires_at > now]
    gone = [binding for binding in existing if binding.expires_at <= now]
    try:
        if request.contact_star:
            return _forget_all(request, live, gone)
        wanted = [_binding(request, contact, source, limits, now) for contact in request.contacts]
    except BadMessage as bad:
        return Registered(bad.code, bad.why)
    except TooBrief:
        return Registered(423, headers=(("Min-Expires", str(limits.min_expires)),))
    return _apply(wanted, live, gone, limits, now)


class TooBrief(ValueError):
    """A contact asks for less time than is granted."""


def _forget_all(request: Request, live: list[Binding], gone: list[Binding]) -> Registered:
    lines = request.headers.all("Contact")
    if len(lines) != 1 or request.expires != 0:
        return Registered(400, "Contact: * stands alone and with Expires: 0")
    if any(_out_of_order(binding, request.call_id, request.cseq.number) for binding in live):
        return _OUT_OF_ORDER
    return Registered(200, deletions=(*gone, *live))


_OUT_OF_ORDER = Registered(500, "CSeq Out of Order")


def _out_of_order(binding: Binding, call_id: str, cseq: int) -> bool:
    return binding.call_id == call_id and cseq <= binding.cseq


def _binding(request: Request, contact: NameAddress, source: str, limits: Limits, now: datetime) -> Binding:
    seconds = _expires(request, contact)
    if 0 < seconds < limits.min_expires:
        raise TooBrief
    return Binding(
        login=request.to.uri.user,
        contact=str(contact.uri),
        expires_at=now + timedelta(seconds=min(seconds, limits.max_expires)),
        call_id=request.call_id,
        cseq=request.cseq.number,
        source=source,
        instance=(contact.param("+sip.instance") or "").strip("<>"),
        user_agent=request.user_agent,
        path=tuple(str(address) for address in request.path),
        q=_q(contact.param("q")),
        display_name=contact.display or request.to.display,
    )


def _expires(request: Request, contact: NameAddress) -> int:
    """The contact's own time, else the header's, else the default; one that is no number counts as none (§10.2.1.1)."""
    own = contact.param("expires")
    if own is not None and own.isascii() and own.isdecimal():
        return min(int(own[:20]), 2**32 - 1)
    return DEFAULT_EXPIRES if own is not None or request.expires is None else request.expires


def _q(text: str | None) -> float:
    try:
        return min(1.0, max(0.0, float(text))) if text else 1.0
    except ValueError:
        return 1.0


def _apply(
    wanted: list[Binding], live: list[Binding], gone: list[Binding], limits: Limits, now: datetime
) -> Registered:
    kept, deleted = list(live), list(gone)
    added: list[Binding] = []
    for binding in wanted:
        replaced = [old for old in kept if _same(old, binding)]
        if any(_out_of_order(old, binding.call_id, binding.cseq) for old in replaced if old not in added):
            return _OUT_OF_ORDER
        kept = [old for old in kept if old not in replaced]
        added = [new for new in added if new not in replaced]
        stays = binding.expires_at > now
        deleted += [old for old in replaced if not stays or old.contact != binding.contact]
        if stays:
            kept.append(binding)
            added.append(binding)
    if len(kept) > max(limits.max_contacts, len(live)):
        return Registered(403, "Too Many Contacts")
    return Registered(200, headers=_contacts(kept, now), upserts=tuple(added), deletions=tuple(deleted))


def _same(old: Binding, new: Binding) -> bool:
    """One phone: the same instance (RFC 5626 §4.2, whatever its address is now), or the same URI."""
    if old.instance and new.instance:
        return old.instance.lower() == new.instance.lower()
    return old.contact == new.contact or Uri.parse(old.contact).same_as(Uri.parse(new.contact))


def _contacts(bindings: list[Binding], now: datetime) -> tuple[tuple[str, str], ...]:
    found = []
    for binding in bindings:
        seconds = round((binding.expires_at - now).total_seconds())
        instance = f';+sip.instance="<{binding.instance}>"' if binding.instance else ""
        q = f";q={binding.q:g}" if binding.q != 1.0 else ""
        found.append(("Contact", f"<{binding.contact}>;expires={seconds}{q}{instance}"))
    return tuple(found)
