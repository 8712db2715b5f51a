"""SIPp as the load: so many calls (or registrations) a second from one socket, and what became of them."""

import contextlib
import csv
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rig.machine import LOAD_CORES
from rig.processes import cpu_seconds, end
from rig.server import Server
from rig.whole import free_port

HERE = Path(__file__).parent
#: SIPp counts what it could not place in its interval; less than this share of the rate is not the rate
_REACHED = 0.97


@dataclass(frozen=True)
class Trial:
    """``rate`` a second, asked for; ``cpu_ms``: of the server, for each of them."""

    rate: float
    asked: int
    done: int
    failed: int
    sent_again: int
    cpu_ms: float
    share: float
    seconds: float
    reached: float

    @property
    def good(self) -> bool:
        whole = self.done == self.asked and not self.failed and not self.sent_again
        return whole and self.reached >= _REACHED * self.rate

    def __str__(self) -> str:
        text = f"{self.done} of {self.asked}, {self.failed} failed, {self.sent_again} sent again"
        cpu = f"{self.cpu_ms:.2f} ms CPU each, {self.share:.2f} of a core"
        return f"{self.rate:.0f}/s for {self.seconds:.0f} s: {text}, {cpu}"


def compared(ours: Trial, peer: Trial, *, fixed: bool) -> str:
    """How many times the peer's rate; at a ``fixed`` rate, how many times its processor time."""
    if not fixed:
        return f"{ours.rate / peer.rate:.2f} × the rate of"
    return f"{ours.cpu_ms / peer.cpu_ms:.2f} × the CPU of"


def trial(server: Server, scenario: str, rate: float, seconds: float, extra: list[str]) -> Trial:
    """One run; one that goes badly is ended early."""
    asked = max(1, round(rate * seconds))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        statistics = folder / "statistics.csv"
        before, started = cpu_seconds(server.pids), time.monotonic()
        process = subprocess.Popen(
            command(server, scenario, rate, asked, seconds, statistics, extra),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "TERM": "dumb"},
            preexec_fn=lambda: os.sched_setaffinity(0, LOAD_CORES),
        )
        try:
            watch(process, statistics, started + seconds + 30)
        finally:
            end(process)
        cpu, took = cpu_seconds(server.pids) - before, time.monotonic() - started
        told = rows(statistics)
    last, done = told[-1], int(told[-1]["SuccessfulCall(C)"])
    rates = [float(row["CallRate(P)"]) for row in told[1:] if int(row["TotalCallCreated"]) < asked]
    return Trial(
        rate,
        asked,
        done,
        int(last["FailedCall(C)"]),
        int(last["Retransmissions(C)"]),
        1000 * cpu / max(1, done),
        cpu / took,
        seconds,
        sum(rates) / len(rates) if rates else rate,
    )


def command(
    server: Server, scenario: str, rate: float, asked: int, seconds: float, statistics: Path, extra: list[str]
) -> list[str]:
    target = ["sipp", f"127.0.0.1:{server.port}", "-sf", str(HERE / scenario), "-i", "127.0.0.1", "-mi", "127.0.0.1"]
    target += ["-p", str(free_port())]
    load = [
        "-r",
        f"{rate:.1f}",
        "-rp",
        "1000",
        "-m",
        str(asked),
        "-l",
        str(int(rate * 8) + 100),
        "-t",
        "u1",
        "-p",
        str(free_port()),
    ]
    told = ["-trace_stat", "-stf", str(statistics), "-fd", "1", "-nostdin", "-buff_size", "4000000"]
    return [*target, *load, *told, "-timeout", f"{int(seconds + 20)}s", "-max_retrans", "4", *extra]


def watch(process: "subprocess.Popen[str]", statistics: Path, until: float) -> None:
    """Until SIPp ends, or is ended because calls fail."""
    while process.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
        last = (rows(statistics) or [{}])[-1]
        if int(last.get("FailedCall(C)") or 0) + int(last.get("Retransmissions(C)") or 0):
            process.send_signal(signal.SIGUSR1)  # it starts no more calls, and lets the open ones end
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(6)
            return


def rows(statistics: Path) -> list[dict[str, str]]:
    with contextlib.suppress(OSError), statistics.open() as file:
        return list(csv.DictReader(file, delimiter=";"))
    return []
