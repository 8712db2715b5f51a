"""A short run of the fuzz target in every suite."""

from tests.sip.fuzz import run


async def test_a_short_run() -> None:
    assert await run(2.0, seed=4475) > 50
