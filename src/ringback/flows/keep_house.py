"""Keeping house: what no request asks for, once a minute."""

import asyncio

import structlog

from ringback.flows.house import House
from ringback.kernel.errors import Unavailable

PERIOD = 60.0
_log = structlog.get_logger("ringback.house")


async def keep_house(house: House) -> None:
    """Forgets registrations that ran out and journals beyond their limits; a failure waits for the next turn."""
    while True:
        try:
            await house.store.registrations.delete_expired(house.clock.utc())
            await asyncio.to_thread(house.journals.remove_old)
        except Unavailable as unavailable:
            _log.warning("housekeeping is tried again in a minute", why=unavailable.message)
        except Exception:
            _log.exception("housekeeping failed; it is tried again in a minute")
        await house.clock.sleep(PERIOD)
