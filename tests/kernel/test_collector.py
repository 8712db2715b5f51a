"""The collector of cyclic garbage, set for a server."""

import gc

from ringback.kernel.collector import settle


def test_what_there_is_is_not_looked_at_any_more_and_the_rest_seldom() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        settle()
        assert gc.get_freeze_count() > frozen
        assert gc.get_threshold()[0] >= 10_000
        assert gc.isenabled()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
