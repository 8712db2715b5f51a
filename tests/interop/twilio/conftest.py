"""Twilio's Python SDK, pointed at this server."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from tests.interop.served import ADMINISTRATOR, TOKEN, Served
from tests.interop.twilio.people import Account, Phones, new_account, phones

Login = Callable[[str, str], Client]


class Here(TwilioHttpClient):  # type: ignore[misc]  # (Twilio's package has no types)
    """The SDK's own client, but for the host that it asks."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def request(self, method: str, url: str, *more: Any, **named: Any) -> Response:
        assert url.startswith("https://api.twilio.com/2010-04-01/"), url
        return super().request(method, url.replace("https://api.twilio.com", self._url), *more, **named)


@pytest.fixture(scope="module")
def login(served: Served) -> Iterator[Login]:
    """Makes the SDK's client of an account."""
    made: list[Here] = []

    def make(sid: str, token: str) -> Client:
        made.append(Here(served.url))
        return Client(sid, token, http_client=made[-1])

    yield make
    for here in made:
        assert here.session is not None
        here.session.close()


@pytest.fixture(scope="module")
def administrator(login: Login) -> Client:
    return login(ADMINISTRATOR, TOKEN)


@pytest.fixture(scope="module")
def account(served: Served) -> Account:
    """An account of this module's tests alone."""
    return served.run(new_account(served))


@pytest.fixture(scope="module")
def client(login: Login, account: Account) -> Client:
    return login(account.sid, account.token)


@pytest.fixture(scope="module")
def phone(served: Served) -> Iterator[Phones]:
    with phones(served) as made:
        yield made
