"""What a new installation begins with, and that nothing documented is in force beyond loopback."""

from datetime import UTC, datetime

from ringback.kernel.config import Settings
from ringback.store.seed import DOCUMENTED_TOKEN, seed
from ringback.store.store import ADMINISTRATOR_SID
from tests.store.conftest import OpenStore


def elsewhere(settings: Settings) -> Settings:
    """The same data directory, bound to every address."""
    return settings.model_copy(update={"http": settings.http.model_copy(update={"host": "0.0.0.0"})})


async def test_the_first_start_on_loopback_is_as_documented(open_store: OpenStore, settings: Settings) -> None:
    store = await open_store()

    seeded = await seed(store, settings)

    assert (seeded.first_start, seeded.new_token) == (True, None)
    administrator = await store.accounts.get("ACae6e420f425248d6a26948c17a9e2acf")
    assert administrator == seeded.administrator
    assert administrator is not None
    assert administrator.email_address == "administrator@company.com"
    assert administrator.friendly_name == "Default Administrator Account"
    assert (administrator.status, administrator.type_, administrator.role) == ("active", "Full", "Administrator")
    assert administrator.auth_token == "77f8c12cc7b8f8423e5c38b035249166"
    assert administrator.date_created == administrator.date_updated == datetime(2012, 4, 24, 6, tzinfo=UTC)
    assert administrator.parent_sid is None
    clients = {client.login: client for client in await store.clients.find(account_sid=ADMINISTRATOR_SID)}
    assert clients["alice"].sid == "CLa2b99142e111427fbb489c3de357f60a"
    assert clients["bob"].sid == "CL3003328d0de04ba68f38de85b732ed56"
    assert {(client.password, client.status) for client in clients.values()} == {("1234", "1")}
    number = await store.numbers.first(phone_number="+1234")
    assert number is not None
    assert (number.sid, number.friendly_name) == ("PNdd7a0a0248244615978bd5781598e5eb", "234")
    assert number.voice_url == "/restcomm/demos/hello-play.xml"
    numbers = {number.phone_number for number in await store.numbers.find(account_sid=ADMINISTRATOR_SID)}
    assert numbers >= {"+1234", "+1235", "+1236", "+1237", "+1238", "+1239", "+1240", "+1241", "+1310", "+1311"}


async def test_what_was_deleted_stays_deleted(open_store: OpenStore, settings: Settings) -> None:
    store = await open_store()
    await seed(store, settings)
    await store.clients.delete_where(account_sid=ADMINISTRATOR_SID)
    await store.numbers.delete_where(account_sid=ADMINISTRATOR_SID)
    await store.close()

    store = await open_store()
    seeded = await seed(store, settings)

    assert (seeded.first_start, seeded.new_token) == (False, None)
    assert await store.clients.find(account_sid=ADMINISTRATOR_SID) == []
    assert await store.numbers.find(account_sid=ADMINISTRATOR_SID) == []


async def test_without_demo_there_is_the_administrator_alone(open_store: OpenStore, settings: Settings) -> None:
    store = await open_store()

    await seed(store, settings.model_copy(update={"demo": False}))

    assert await store.accounts.get(ADMINISTRATOR_SID) is not None
    assert await store.clients.count() == await store.numbers.count() == 0


async def test_the_first_start_elsewhere_makes_a_token_and_no_known_passwords(
    open_store: OpenStore, settings: Settings
) -> None:
    store = await open_store()

    first = await seed(store, elsewhere(settings))
    again = await seed(store, elsewhere(settings))

    assert first.new_token is not None
    assert first.new_token != DOCUMENTED_TOKEN
    assert len(first.new_token) == 32
    assert first.administrator.auth_token == first.new_token == again.administrator.auth_token
    assert again.new_token is None
    assert await store.clients.count() == 0
    assert await store.numbers.count() > 0
    assert (await seed(store, settings)).administrator.auth_token == first.new_token


async def test_beyond_loopback_the_documented_token_and_passwords_end(
    open_store: OpenStore, settings: Settings
) -> None:
    store = await open_store()
    await seed(store, settings)
    await store.clients.change("CL3003328d0de04ba68f38de85b732ed56", password="bobs own")

    moved = await seed(store, elsewhere(settings))
    again = await seed(store, elsewhere(settings))

    assert moved.new_token is not None
    assert moved.administrator.auth_token == moved.new_token != DOCUMENTED_TOKEN
    assert (again.new_token, again.administrator.auth_token) == (None, moved.new_token)
    statuses = {client.login: client.status for client in await store.clients.find(account_sid=ADMINISTRATOR_SID)}
    assert statuses == {"alice": "0", "bob": "1"}


async def test_back_on_loopback_the_demo_clients_work_again(open_store: OpenStore, settings: Settings) -> None:
    store = await open_store()
    await seed(store, settings)
    await store.clients.change("CL3003328d0de04ba68f38de85b732ed56", status="0")  # by its owner
    await seed(store, elsewhere(settings))

    await seed(store, settings)

    statuses = {client.login: client.status for client in await store.clients.find(account_sid=ADMINISTRATOR_SID)}
    assert statuses == {"alice": "1", "bob": "0"}


async def test_an_own_token_is_left_alone(open_store: OpenStore, settings: Settings) -> None:
    store = await open_store()
    await seed(store, settings)
    await store.accounts.change(ADMINISTRATOR_SID, auth_token="0" * 32)

    moved = await seed(store, elsewhere(settings))

    assert (moved.new_token, moved.administrator.auth_token) == (None, "0" * 32)
