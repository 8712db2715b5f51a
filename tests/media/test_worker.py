"""The worker's loop: commands are heard and time goes on, whatever happens."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ringback.media import messages
from ringback.media.timer import PERIOD, TickTimer
from ringback.media.worker import Worker


class Control:
    """The control side's end of a worker that runs in a thread."""

    def __init__(self, timer: TickTimer | None = None) -> None:
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(10)
        self.worker = Worker(theirs, timer)
        self._thread = threading.Thread(target=self.worker.run)

    def start(self) -> None:
        self._thread.start()
        assert isinstance(self.event(), messages.Ready)

    def event(self) -> Any:
        return messages.decode_events(self.socket.recv(messages.LARGEST))[0]

    def figures(self) -> dict[str, float]:
        self.socket.send(messages.encode([messages.WantFigures(7)]))
        facts: dict[str, float] = self.event().facts
        return facts

    def end(self) -> None:
        self.socket.close()
        self._thread.join(3)
        assert not self._thread.is_alive()


@pytest.fixture
def control() -> Iterator[Control]:
    made = Control()
    yield made
    made.end()


def test_ticks_come_in_time(control: Control) -> None:
    control.start()
    time.sleep(0.3)
    assert 8 <= control.figures()["ticks"] <= 16


def test_it_works_without_a_timer_descriptor() -> None:
    control = Control(TickTimer(with_descriptor=False))
    control.start()
    time.sleep(0.3)
    assert 8 <= control.figures()["ticks"] <= 16
    control.end()


def test_a_worker_that_cannot_keep_up_still_hears_commands(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    skipped: list[int] = []
    monkeypatch.setattr(control.worker.desk, "tick", lambda late: time.sleep(2 * PERIOD))
    monkeypatch.setattr(control.worker.desk, "skip", skipped.append)
    control.start()
    time.sleep(0.5)
    begin = time.monotonic()
    control.figures()
    assert time.monotonic() - begin < 0.3
    assert sum(skipped) > 3


def test_a_crowd_of_commands_holds_up_no_tick(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []

    def obey(command: messages.WantFigures) -> None:
        time.sleep(PERIOD / 4)
        happened.append("command")
        if command.request == 200:
            control.worker.desk._tell(messages.Figures(200, {}))

    monkeypatch.setattr(control.worker.desk, "obey", obey)
    monkeypatch.setattr(control.worker.desk, "tick", lambda late: happened.append("tick"))
    control.start()
    control.socket.send(messages.encode([messages.WantFigures(request) for request in range(1, 201)]))
    assert control.event() == messages.Figures(200, {})
    between = "".join("." if one == "command" else " " for one in happened).split()
    assert sum(map(len, between)) == 200
    assert max(map(len, between)) <= 8


def test_what_was_commanded_in_a_pause_is_obeyed_before_the_next_tick(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    held_up, goes_on = threading.Event(), threading.Event()

    def tick(late: float) -> None:
        happened.append("tick")
        if len(happened) == 1:
            held_up.set()
            goes_on.wait(10)

    def obey(command: messages.WantFigures) -> None:
        happened.append("command")
        if command.request == 150:
            control.worker.desk._tell(messages.Figures(150, {}))

    monkeypatch.setattr(control.worker.desk, "obey", obey)
    monkeypatch.setattr(control.worker.desk, "tick", tick)
    control.start()
    assert held_up.wait(10)
    for first in range(1, 151, 5):
        some = [messages.WantFigures(request) for request in range(first, first + 5)]
        control.socket.send(messages.encode(some))
    time.sleep(0.5)
    goes_on.set()
    assert control.event() == messages.Figures(150, {})
    assert happened[:151] == ["tick", *["command"] * 150]


def test_a_question_whether_it_lives_waits_for_no_other_command(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control.worker.desk, "_WantFigures", lambda command: time.sleep(PERIOD))
    monkeypatch.setattr(control.worker.desk, "tick", lambda late: time.sleep(PERIOD))
    control.start()
    control.socket.send(messages.encode([messages.WantFigures(1)] * 500))
    begin = time.monotonic()
    control.socket.send(messages.encode([messages.Ping(7)]))
    assert control.event().request == 7
    assert time.monotonic() - begin < 2
    control.worker._commands.clear()


def test_it_goes_before_others_where_the_system_lets_it() -> None:
    program = """
import os
from ringback.media.worker import _go_first
_go_first()
print(os.sched_getscheduler(0) == os.SCHED_RR or os.getpriority(os.PRIO_PROCESS, 0) == -10)
try:
    os.setpriority(os.PRIO_PROCESS, 0, -10)
except PermissionError:
    print("forbidden")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() in (["True"], ["False", "forbidden"])


def test_a_command_that_fails_harms_nothing_else(control: Control, capfd: pytest.CaptureFixture[str]) -> None:
    control.start()
    control.socket.send(messages.encode([messages.DropSocket(99), messages.Close(1234), messages.Open(1, 0, 0)]))
    assert control.figures()["rows"] == 1
    assert "DropSocket" in capfd.readouterr().err


def test_whoever_waits_for_a_command_that_fails_is_answered(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError

    for name in ("_Play", "_SendKeys", "_StopCapture", "_WantReport", "_Close", "_WantFigures"):
        monkeypatch.setattr(control.worker.desk, name, fails)
    control.start()
    commands = [
        messages.Open(1, 0, 0),
        messages.Play(1, 2, "none", 1, 1),
        messages.SendKeys(1, 3, "1", 80, 80, None),
        messages.StopCapture(1, 4),
        messages.WantReport(1, 5),
        messages.WantFigures(6),
        messages.Close(1),
    ]
    control.socket.send(messages.encode(commands))
    assert messages.decode_events(control.socket.recv(messages.LARGEST)) == [
        messages.Played(1, 2, "interrupted"),
        messages.KeysSent(1, 3),
        messages.Captured(1, 4, 0, "the media worker failed"),
        messages.Report(1, 5, {}),
        messages.Figures(6, {}),
        messages.Closed(1, {}),
    ]
