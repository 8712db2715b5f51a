"""A program asks for a call: whom does it ring, who answers first, and what does the document say then?"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

from ringback.calls import state
from ringback.calls.call import Call
from ringback.calls.callbacks import Callback
from ringback.calls.hunt import Hunt, NobodyAnswered, Target
from ringback.calls.notes import Fault
from ringback.flows.find_targets import find_targets
from ringback.flows.house import House
from ringback.flows.open_call import new_call, new_record, run_call
from ringback.kernel.errors import Refusal, Unavailable
from ringback.kernel.sid import new_sid
from ringback.rcml.application import Application
from ringback.rcml.interpreter import interpret
from ringback.sip.address import NameAddress
from ringback.sip.digest import Credentials
from ringback.sip.uri import Uri
from ringback.store.calls import CallRecord


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """What table 4.14 lets a program ask for; ``timeout`` in seconds of ringing."""

    account_sid: str
    from_: str
    to: str
    url: str
    method: str = "POST"
    fallback_url: str | None = None
    fallback_method: str = "POST"
    status_callback: str | None = None
    status_callback_method: str = "POST"
    status_callback_events: Sequence[str] = ()
    timeout: float = 60
    username: str | None = None
    password: str | None = None


async def place_call(order: PlaceCall, house: House) -> CallRecord:
    """The record of the new call, queued and already kept; the call itself goes on in the background.

    Raises `Refusal` when there is nobody to ring; a Notification tells the account too.
    """
    if house.draining:
        raise Unavailable("This server is shutting down and takes no new calls; ask another, or again soon.")
    if seconds := house.overload.refuses():
        raise Unavailable(f"This server carries all the calls that it can; ask again in {seconds} s.")
    house.store.database.must_take_changes()
    try:
        targets = await find_targets(order.to, house)
    except Refusal as refusal:
        await house.notes.write(order.account_sid, Fault(refusal.code, refusal.message))
        raise
    record = _record(order, house)
    await house.ledger.open(record)
    kept = copy(record)
    journal = house.journal(record.sid)
    call = new_call(record, journal, house, callback=_callback(order))
    house.tasks.start(run_call(call, _ring_and_run(call, order, targets, house), house), f"call {record.sid}")
    return kept


async def _ring_and_run(call: Call, order: PlaceCall, targets: list[Target], house: House) -> None:
    hunt = Hunt(
        house.sip,
        house.media,
        call.journal,
        house.clock,
        from_=_caller(order.from_, house),
        headers=call.identity,
        credentials=Credentials(order.username, order.password or "") if order.username else None,
        follow_redirects=house.settings.sip.follow_redirects,
        rang=call.rang,
    )
    try:
        leg = await hunt.run(targets, order.timeout)
    except NobodyAnswered as nobody:
        return call.end(nobody.outcome)
    await call.picked_up(leg)
    application = Application(order.url, order.method, order.fallback_url, order.fallback_method)
    await call.follow(lambda: interpret(application, call, house.services))


def _record(order: PlaceCall, house: House) -> CallRecord:
    return new_record(
        house,
        sid=new_sid("CA"),
        account_sid=order.account_sid,
        from_=order.from_,
        to=_user_of(order.to),
        status=state.QUEUED,
        direction="outbound-api",
        price="0.0",
    )


def _caller(from_: str, house: House) -> NameAddress:
    """Whom the phone shows: an address as it is, anything else as a user of ours with that name."""
    if "@" in from_:
        uri = Uri.parse(from_ if from_.lower().startswith(("sip:", "sips:")) else "sip:" + from_)
        return NameAddress("", uri)
    host = house.settings.sip.external_ip or house.sip.host
    return NameAddress(from_, Uri("sip", user=from_, host=host, port=house.sip.port))


def _user_of(to: str) -> str:
    """The user part of a destination: ``alice`` of ``sip:alice@host`` and of ``client:alice``; a number as it is."""
    bare = to.partition("?")[0]
    return bare.partition("@")[0].rpartition(":")[2] if ":" in bare else bare


def _callback(order: PlaceCall) -> Callback | None:
    if not order.status_callback:
        return None
    events = tuple(order.status_callback_events) or ("completed",)
    return Callback(order.status_callback, order.status_callback_method, events)
