"""A call comes in: who is it, whom do they want, what does the customer's document say?"""

import structlog

from ringback.calls import state
from ringback.calls.call import Call
from ringback.calls.leg import Leg, judge_offer
from ringback.calls.notes import Fault
from ringback.calls.outcome import Outcome
from ringback.calls.state import Trigger
from ringback.flows.house import House
from ringback.flows.identify_caller import Challenge, identify_caller
from ringback.flows.open_call import new_call, new_record, run_call
from ringback.flows.route_call import Route, route_call
from ringback.kernel.errors import Refusal, Unavailable
from ringback.kernel.journal import Journal, SipTrace
from ringback.kernel.sid import new_sid
from ringback.rcml.interpreter import interpret
from ringback.sip.message import Request
from ringback.sip.session import ServerCall

#: what the names of headers begin with that belong to nobody's standard
_CUSTOM = ("X-", "x-")
_log = structlog.get_logger("ringback.calls")


async def receive_call(invite: ServerCall, house: House) -> None:
    """From the INVITE to the complete record. A refusal answers, journals and leaves a Notification."""
    sid = new_sid("CA")
    journal = house.journal(sid)
    request = invite.request
    try:
        caller = await identify_caller(request, house)
        judge_offer(invite.offer)
        route = await route_call(dialled(request, house), caller, house)
    except Challenge as challenge:
        return invite.refuse(challenge.sip_status, headers=challenge.headers)
    except Refusal as refusal:
        return await _refuse(invite, refusal, journal, house)
    call = await _open(sid, invite, route, journal, house)
    if invite.ended.done():  # the caller gave up meanwhile
        call.end(Outcome(Trigger.WAS_CANCELED, "the caller gave up", 487, by_remote=True))
    invite.ring(headers=call.identity)
    await run_call(call, call.follow(lambda: interpret(route.application, call, house.services)), house)


def dialled(request: Request, house: House) -> str:
    """Whom the caller wants: the user part of To, or of the request's own address when ``sip.use_to`` is off."""
    return (request.to.uri.user if house.settings.sip.use_to else "") or request.uri.user


async def _open(sid: str, invite: ServerCall, route: Route, journal: Journal, house: House) -> Call:
    invite.trace = SipTrace(journal, "caller")
    request = invite.request
    record = new_record(
        house,
        sid=sid,
        account_sid=route.account_sid,
        from_=request.from_.uri.user or request.from_.uri.host,
        to=dialled(request, house),
        status=state.RINGING,
        direction="inbound",
        price="0.00",
        caller_name=request.from_.display or None,
        forwarded_from=_forwarder(request),
        phone_number_sid=route.phone_number_sid,
    )
    await house.ledger.open(record)
    call = new_call(record, journal, house, callback=route.callback, sip_headers=_custom_headers(request))
    call.leg = Leg("caller", invite, journal)
    call.leg.on_over = call.end
    return call


def _forwarder(request: Request) -> str | None:
    """Who forwarded the call here: the user of the first Diversion (RFC 5806)."""
    diversion = request.headers.get("Diversion") or ""
    return diversion.partition("sip:")[2].partition("@")[0] or None


def _custom_headers(request: Request) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.headers if name[:2] in _CUSTOM]


async def _refuse(invite: ServerCall, refusal: Refusal, journal: Journal, house: House) -> None:
    """Answer, journal, Notification: in one place. Who calls wrongly in a circle fills neither the log nor the disk."""
    invite.trace = SipTrace(journal, "caller")
    status = refusal.sip_status or 500
    journal.add("fault", code=refusal.code, level=0, message=refusal.message)
    invite.refuse(status, headers=[("X-RestComm-CallSid", journal.call_sid)])
    account_sid = await _account_of(invite.request.from_.uri.user, house)
    if house.refused_calls.take(account_sid):
        _log.info("a call was refused", call=journal.call_sid, status=status, reason=refusal.message)
        house.notes.write(account_sid, Fault(refusal.code, refusal.message), call_sid=journal.call_sid)


async def _account_of(login: str, house: House) -> str:
    """Whom a refusal is told: the caller's account, or the administrator's when that cannot be known."""
    try:
        client = await house.store.clients.first(login=login)
    except Unavailable:
        client = None
    return client.account_sid if client is not None else house.administrator_sid
