"""The outbox of a house: what it tells goes into Notifications, and to customers' servers."""

from ringback.calls.notes import Fault
from ringback.flows.house import House
from ringback.messaging.carrier import Partners, carriers
from ringback.messaging.outbox import Outbox
from ringback.messaging.status_callback import StatusCallback


def outbox_of(house: House) -> Outbox:
    """Made anew each time: it keeps nothing itself."""

    def tell(account_sid: str, code: int, text: str, call_sid: str | None) -> object:
        return house.notes.write(account_sid, Fault(code, text), call_sid=call_sid)

    return Outbox(
        house.store,
        house.clock,
        house.tasks,
        house.bus,
        tell=tell,
        carriers=list(carriers(Partners(house.settings, house.store, house.clock))),
        call_back=lambda message: StatusCallback(house.fetcher, house.tasks, tell)(message),
    )
