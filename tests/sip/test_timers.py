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


def test_cancelled_ones_do_not_pile_up_in_front_of_those_that_happen() -> None:
    """Nearly all timers of calls are cancelled: what they leave must not wait for its turn."""
    clock, happened = ManualClock(), list[int]()
    timers = Timers(clock.now)
    kept = []
    for number in range(10_000):
        timer = timers.start(60, happened.append, number)
        if number % 1000:
            timer.cancel()
            timer.cancel()
        else:
            kept.append(number)
    (queue,) = timers._queues.values()
    assert len(queue.timers) < 200
    assert len(timers) == 10
    clock.advance(60)
    timers.run()
    assert happened == kept
    assert timers.wake_at is None


def test_one_that_cancels_others_while_it_happens() -> None:
    clock, happened = ManualClock(), list[str]()
    timers = Timers(clock.now)

    def cancels() -> None:
        happened.append("first")
        for timer in later:
            timer.cancel()

    timers.start(1, cancels)
    later = [timers.start(1, happened.append, "later") for _ in range(500)]
    timers.start(1, happened.append, "last")
    clock.advance(1)
    timers.run()
    assert happened == ["first", "last"]


def test_what_has_happened_and_what_is_cleared_holds_nothing() -> None:
    clock = ManualClock()
    timers = Timers(clock.now)
    happened = timers.start(1, [].append, "x")
    clock.advance(1)
    timers.run()
    cleared = timers.start(1, [].append, "y")
    timers.clear()
    assert [(timer.action, timer.arguments) for timer in (happened, cleared)] == [(None, ()), (None, ())]
    assert (len(timers), timers.wake_at) == (0, None)
