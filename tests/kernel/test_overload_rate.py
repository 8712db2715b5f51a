"""Pressure and the admitted rate, with time turned by hand: a machine that carries so many calls a second, no more."""

from ringback.kernel.admitted_rate import AdmittedRate
from ringback.kernel.pressure import IN_A_ROW, WINDOW, Pressure

LATE = 0.05


def windows(pressure: Pressure, lateness: list[float]) -> list[bool]:
    """One number a sample, each when it is told; whether there was pressure at the end of each window."""
    now, judged = 0.0, []
    for one in lateness:
        now += 0.05 + one
        if pressure.add(one, now):
            judged.append(pressure.lasting)
    return judged


def test_what_is_late_for_long_is_pressure() -> None:
    assert not any(windows(Pressure(LATE, 0), [0.04] * 200))
    judged = windows(Pressure(LATE, 0), [0.2] * 20)
    assert judged[: IN_A_ROW - 1] == [False] * (IN_A_ROW - 1)
    assert all(judged[IN_A_ROW:])


def test_a_stall_is_none() -> None:
    """A pause of the collector; a second, or five, in which others had the processor."""
    for stall in (0.3, 1.0, 5.0):
        assert not any(windows(Pressure(LATE, 0), ([0.001] * 20 + [stall]) * 10))


def test_now_and_then_late_is_none() -> None:
    assert not any(windows(Pressure(LATE, 0), [0.0, 0.0, 0.4] * 50))


def test_others_can_be_late_too() -> None:
    pressure, now = Pressure(LATE, 0), 0.0
    for _ in range(100):
        now += 0.05
        pressure.add(0.0, now, other=1.1)
    assert pressure.lasting


class Machine:
    """Carries ``capacity`` calls a second: what is taken beyond waits, and what waits makes it late."""

    def __init__(self, capacity: float, floor: float = 10) -> None:
        self.capacity = capacity
        self.rate = AdmittedRate(floor, 0)
        self.pressure = Pressure(LATE, 0)
        self.now = self.behind = self.due = 0.0
        self.refused = 0

    def runs(self, seconds: float, offered: float) -> tuple[int, int]:
        """Calls taken and refused."""
        before = self.rate.admitted, self.rate.refused
        until = self.now + seconds
        while self.now < until:
            self.now += WINDOW / 10
            self.behind = max(0.0, self.behind - self.capacity * WINDOW / 10)
            self.due += offered * WINDOW / 10
            while self.due >= 1:
                self.due -= 1
                self.behind += self.rate.admit(self.now)
            if self.pressure.add(self.behind / self.capacity, self.now):
                self.rate.window_ended(self.now, severity=self.pressure.severity, lasting=self.pressure.lasting)
        return self.rate.admitted - before[0], self.rate.refused - before[1]


def test_what_it_carries_is_all_taken() -> None:
    machine = Machine(100)
    assert machine.runs(60, offered=95)[1] == 0
    assert machine.rate.limit is None


def test_at_half_again_it_takes_what_it_carries() -> None:
    machine = Machine(100)
    machine.runs(10, offered=150)
    taken, refused = machine.runs(60, offered=150)
    assert 0.75 * 100 * 60 < taken <= 1.05 * 100 * 60
    assert taken + refused in range(8980, 9021)
    assert machine.behind / machine.capacity < 1


def test_also_at_ten_times() -> None:
    machine = Machine(100)
    machine.runs(45, offered=1000)
    taken, _ = machine.runs(60, offered=1000)
    assert 0.7 * 100 * 60 < taken <= 1.05 * 100 * 60


def test_what_was_taken_in_the_first_moments_is_done_before_much_more_is_taken() -> None:
    """Ten times as much at once: seconds of calls are taken before anything can be measured."""
    machine = Machine(100)
    machine.runs(45, offered=1000)
    assert machine.behind / machine.capacity < 1
    taken, _ = machine.runs(60, offered=1000)
    assert 0.7 * 100 * 60 < taken <= 1.05 * 100 * 60
    assert machine.behind / machine.capacity < 1


def test_afterwards_it_recovers_by_itself() -> None:
    machine = Machine(100)
    machine.runs(30, offered=150)
    machine.runs(5, offered=60)
    assert machine.runs(20, offered=60)[1] == 0
    assert machine.rate.limit is None
    assert machine.runs(20, offered=95)[1] == 0


def test_after_deep_cuts_it_recovers_quickly() -> None:
    """Others had the machine for a while: what it took then says little about what it carries now."""
    machine = Machine(200)
    machine.runs(5, offered=140)
    machine.capacity = 20
    machine.runs(30, offered=140)
    assert machine.rate.limit is not None
    assert machine.rate.limit < 40
    machine.capacity = 200
    machine.runs(20, offered=140)
    assert machine.runs(60, offered=140)[1] == 0
    assert machine.rate.limit is None


def test_a_backlog_that_is_done_says_nothing_of_the_rate() -> None:
    """Cut again and again until what was taken at first is done: then it is soon back near what the machine carries."""
    machine = Machine(300)
    machine.runs(10, offered=3000)
    while machine.pressure.severity > 1:
        machine.runs(0.5, offered=210)
    assert machine.rate.limit is not None
    assert machine.rate.limit < 100
    machine.runs(8, offered=210)
    assert machine.runs(60, offered=210)[1] == 0


def test_steps_that_got_longer_are_short_again_after_a_cut() -> None:
    machine = Machine(100)
    machine.runs(30, offered=150)
    machine.capacity = 400
    machine.runs(10, offered=150)
    machine.capacity = 100
    machine.runs(10, offered=150)
    taken, _ = machine.runs(60, offered=150)
    assert 0.75 * 100 * 60 < taken <= 1.05 * 100 * 60


def test_a_machine_that_is_late_without_calls_refuses_none() -> None:
    """Others keep it busy, or a disk: to refuse calls would not help, and a hundred at once are taken."""
    rate, now = AdmittedRate(10, 0), 0.0
    for _ in range(100):
        now += 0.5
        assert rate.admit(now)
        rate.window_ended(now, severity=9, lasting=True)
    assert all(rate.admit(now) for _ in range(100))


def test_the_floor_is_always_taken() -> None:
    machine = Machine(1, floor=10)
    machine.runs(30, offered=5)
    assert machine.rate.refused == 0
    machine.runs(30, offered=20)
    assert machine.rate.limit is not None
    assert machine.rate.limit >= 10


def test_callers_are_asked_to_come_back_at_different_times() -> None:
    rate = AdmittedRate(10, 0)
    assert len({rate.retry_after() for _ in range(200)}) > 3
    assert all(1 <= rate.retry_after() <= 10 for _ in range(200))


def test_a_crowded_source_leaves_room_for_others() -> None:
    """A flood of one source takes what nobody else wants, and no more."""
    rate = AdmittedRate(10, 0)
    assert all(rate.admit(0.4) for _ in range(7))
    rate.window_ended(0.5, severity=2, lasting=True)
    assert rate.limit == 10
    now, flood, others = 10.0, 0, 0
    for turn in range(1000):
        now += 0.01
        flood += rate.admit(now, crowded=True)
        if turn % 20 == 0:
            others += rate.admit(now)
    assert others == 50
    assert 40 <= flood <= 60
