"""A customer's server hears of each new status of a message."""

from collections.abc import AsyncIterator

import pytest

from ringback.kernel.clock import SystemClock
from ringback.kernel.settings import Fetch
from ringback.kernel.sid import new_sid
from ringback.messaging.outbox import Outbox, Outgoing
from ringback.messaging.status_callback import StatusCallback
from ringback.testing import CustomerServer
from ringback.web.fetcher import Fetcher
from tests.messaging.conftest import Post

ACCOUNT = new_sid("AC")


@pytest.fixture
async def server() -> AsyncIterator[CustomerServer]:
    server = await CustomerServer.start()
    yield server
    await server.close()


@pytest.fixture
async def outbox(post: Post) -> AsyncIterator[Outbox]:
    clock = SystemClock()
    fetcher = Fetcher(Fetch(timeout=2), True, clock, "Ringback/test")
    await fetcher.start()
    call_back = StatusCallback(fetcher, post.tasks, lambda *fact: post.told.append(fact))
    yield Outbox(post.store, clock, post.tasks, post.bus, tell=lambda *fact: None, call_back=call_back)
    await post.tasks.wait(5)
    await fetcher.close()


async def test_the_server_is_told(outbox: Outbox, server: CustomerServer) -> None:
    url = server.answers("/status")
    message = await outbox.send(Outgoing(ACCOUNT, "+1999", "+1222", "Hello", status_callback=url))

    asked = await server.is_asked("/status")
    assert asked.method == "POST"
    assert asked.form == {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "AccountSid": ACCOUNT,
        "From": "+1999",
        "To": "+1222",
        "Body": "Hello",
        "MessageStatus": "failed",
        "SmsStatus": "failed",
        "ErrorCode": "30008",
    }


async def test_by_get_when_that_is_asked_for(outbox: Outbox, server: CustomerServer) -> None:
    url = server.answers("/status")
    await outbox.send(Outgoing(ACCOUNT, "+1999", "+1222", "x", status_callback=url, status_callback_method="GET"))

    asked = await server.is_asked("/status")
    assert (asked.method, asked.query["MessageStatus"]) == ("GET", "failed")


async def test_a_server_that_is_not_there_is_noted(outbox: Outbox, post: Post, server: CustomerServer) -> None:
    url = server.url("/status")
    await server.close()
    message = await outbox.send(Outgoing(ACCOUNT, "+1999", "+1222", "x", status_callback=url))
    while await post.tasks.wait(5) and not post.told:
        pass
    ((account, code, why, _),) = post.told
    assert (account, code) == (ACCOUNT, 11205)
    assert message.sid in why
