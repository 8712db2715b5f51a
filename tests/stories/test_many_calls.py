"""A hundred calls at once, and every prompt is heard whole."""

import asyncio

from ringback.app import Ringback
from ringback.testing import CustomerServer, Phone
from tests.conftest import MakeNumber
from tests.stories.sounds import spoken

CALLS = 100
#: different prompts, so that nobody hears another's
PROMPTS = 10


async def test_a_hundred_calls_at_once(
    phone: Phone, customer: CustomerServer, new_number: MakeNumber, ringback: Ringback
) -> None:
    numbers = []
    for which in range(PROMPTS):
        customer.sound(f"/{which}.wav", spoken(4, seed=100 + which))
        document = f'<Response><Play>/{which}.wav</Play><Pause length="1"/></Response>'
        numbers.append(await new_number(customer.answers(f"/app{which}", document)))

    async def one(which: int) -> int:
        call = await phone.dials(numbers[which], within=20)
        hearing = await call.hears_whole(f"/{which}.wav", within=30)
        await call.is_hung_up(within=20)
        assert await call.heard_sound_ms() < 4500, "a prompt and nothing else"
        return hearing.missed_ms

    async def most_at_once() -> int:
        most = 0
        while True:
            most = max(most, ringback.house.media.streams)
            await asyncio.sleep(0.05)
            if most >= CALLS:
                return most

    watching = asyncio.create_task(most_at_once())
    missed = await asyncio.gather(*(one(number % PROMPTS) for number in range(CALLS)))
    assert await asyncio.wait_for(watching, 1) >= CALLS
    assert sum(missed) <= CALLS * 40, f"{sum(missed)} ms of {CALLS} prompts were lost"
