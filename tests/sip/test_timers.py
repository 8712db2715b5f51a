"""Timers: order, cancelling, and when the next is due."""

from ringback.kernel.clock import ManualClock
from ringback.sip.timers import Timers


def test_each_happens_once_at_its_time() -> None:
    clock = ManualClock()
    timers, happened = Timers(clock.now), list[str]()
    timers.start(2, lambda: happened.append("two"))
    timers.start(1, lambda: happened.append("one"))
    timers.start(2, lambda: happened.append("two again"))
    assert timers.wake_at == 1
    clock.advance(1)
    timers.run()
    assert happened == ["one"]
    assert timers.wake_at == 2
    clock.advance(5)
    timers.run()
    timers.run()
    assert happened == ["one", "two", "two again"]
    assert timers.wake_at is None


def test_a_cancelled_one_does_not_happen() -> None:
    clock = ManualClock()
    timers, happened = Timers(clock.now), list[str]()
    timers.start(1, lambda: happened.append("first")).cancel()
    timers.start(1, lambda: happened.append("second"))
    assert len(timers) == 1
    clock.advance(1)
    timers.run()
    assert happened == ["second"]


def test_sooner_is_told_only_of_earlier_deadlines() -> None:
    clock, told = ManualClock(), list[float | None]()
    timers = Timers(clock.now, lambda: told.append(timers.wake_at))
    timers.start(5, lambda: None)
    timers.start(32, lambda: None)
    timers.start(0.5, lambda: None)
    assert told == [5, 0.5]


def test_one_that_is_set_while_others_happen_waits_for_its_own_time() -> None:
    clock, happened = ManualClock(), list[float]()
    timers = Timers(clock.now)

    def again() -> None:
        happened.append(clock.now())
        timers.start(1, again)

    again()
    for _ in range(6):
        clock.advance(0.5)
        timers.run()
    assert happened == [0, 1, 2, 3]
