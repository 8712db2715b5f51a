"""What both of Twilio's SDKs talk to: an account of its own, one of everything in it, and a telephone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from ringback.kernel.sid import new_sid
from ringback.store.accounts import AccountRecord
from ringback.store.calls import CallRecord
from ringback.store.store import ADMINISTRATOR_SID
from ringback.testing import CustomerServer, Phone, PhoneCall
from tests.interop.served import Served


@dataclass(frozen=True, slots=True)
class Account:
    """What a customer of Twilio has."""

    sid: str
    token: str


async def new_account(served: Served) -> Account:
    """A sub-account of the administrator."""
    account, now = Account(new_sid("AC"), "secret" * 5), served.house.clock.utc()
    record = AccountRecord(
        sid=account.sid,
        date_created=now,
        date_updated=now,
        email_address=f"{account.sid.lower()}@example.com",
        friendly_name="A customer",
        parent_sid=ADMINISTRATOR_SID,
        auth_token=account.token,
    )
    await served.store.accounts.insert(record)
    return account


async def calls_of(served: Served, account: Account, count: int) -> list[str]:
    """SIDs of ``count`` calls, the youngest first, a minute apart."""
    now, sids = served.house.clock.utc(), []
    for number in range(count):
        at = now - timedelta(minutes=number)
        call = CallRecord(
            sid=new_sid("CA"),
            date_created=at,
            date_updated=at,
            account_sid=account.sid,
            to=f"+1415555{number:04d}",
            from_="+14155550000",
            status="completed" if number % 2 else "busy",
            start_time=at,
            end_time=at + timedelta(seconds=number),
            duration=number,
            direction="inbound",
        )
        await served.store.calls.insert(call)
        sids.append(call.sid)
    return sids


class Phones:
    """A telephone that answers whoever calls, and a document that keeps the line open."""

    def __init__(self, served: Served, phone: Phone, customer: CustomerServer) -> None:
        self._served = served
        self._phone = phone
        self._customer = customer
        self.uri = phone.uri
        self.waits = customer.answers("/waits", '<Response><Pause length="60"/></Response>')
        self.other = customer.answers("/other", '<Response><Pause length="59"/></Response>')

    def is_asked_for(self, path: str) -> str:
        """The SID of the call whose document ``path`` was asked for."""
        return self._served.run(self._customer.is_asked(path)).form["CallSid"]


@contextmanager
def phones(served: Served) -> Iterator[Phones]:
    """They live on the server's own event loop, as a program that blocks cannot serve them."""
    phone = served.run(Phone.start(served.house.media))

    def answer(call: PhoneCall) -> None:
        phone.tasks.start(call.answers(), "answers")

    phone.on_call = answer
    customer = served.run(CustomerServer.start())
    try:
        yield Phones(served, phone, customer)
    finally:
        served.run(phone.close())
        served.run(customer.close())
