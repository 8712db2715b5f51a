"""A client is deleted or renamed: its phones are forgotten at once."""

from ringback.flows.house import House


async def forget_client(login: str, house: House) -> None:
    """Every registration of ``login`` is gone when this returns."""
    for registration in await house.store.registrations.bindings_of(login):
        await house.store.registrations.delete(registration.sid)
