"""Records for tests, each field that does not matter filled in."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from ringback.kernel.sid import new_sid
from ringback.store.accounts import AccountRecord
from ringback.store.calls import CallRecord
from ringback.store.clients import ClientRecord
from ringback.store.notifications import NotificationRecord

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACCOUNT = "AC" + "1" * 32


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def call(second: float = 0, **fields: Any) -> CallRecord:
    moment = at(second)
    given: dict[str, Any] = {
        "sid": new_sid("CA"),
        "date_created": moment,
        "date_updated": moment,
        "account_sid": ACCOUNT,
        "to": "+16175551212",
        "from_": "alice",
        "status": "queued",
        "start_time": moment,
        "price": "0.00",
        "direction": "inbound",
    }
    return CallRecord(**given | fields)


def client(login: str, **fields: Any) -> ClientRecord:
    given: dict[str, Any] = {
        "sid": new_sid("CL"),
        "date_created": NOON,
        "date_updated": NOON,
        "account_sid": ACCOUNT,
        "friendly_name": login,
        "login": login,
        "password": "1234",
    }
    return ClientRecord(**given | fields)


def account(email: str, parent: str | None = None, **fields: Any) -> AccountRecord:
    given: dict[str, Any] = {
        "sid": new_sid("AC"),
        "date_created": NOON,
        "date_updated": NOON,
        "email_address": email,
        "friendly_name": email,
        "parent_sid": parent,
        "auth_token": "t",
    }
    return AccountRecord(**given | fields)


def notification(second: float = 0, **fields: Any) -> NotificationRecord:
    moment = at(second)
    given: dict[str, Any] = {
        "sid": new_sid("NO"),
        "date_created": moment,
        "date_updated": moment,
        "account_sid": ACCOUNT,
        "log": 0,
        "error_code": 11100,
        "message_text": "no such page",
        "message_date": moment,
    }
    return NotificationRecord(**given | fields)


class Log:
    """Stands for a log: remembers what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.spoke = threading.Event()

    def error(self, event: str, **_: Any) -> None:
        self.said.append(event)
        self.spoke.set()

    warning = info = critical = error
