"""Processes: started on a core, ended by their ids however the benchmark ends, and measured through /proc."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
#: seconds that a process may take to end before it is killed
_PATIENCE = 10.0


def end_on_signals() -> None:
    """SIGTERM ends a benchmark as Ctrl-C does: its children are ended on the way out."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


@contextlib.contextmanager
def child(
    command: list[str],
    cores: set[int],
    *,
    environment: dict[str, str] | None = None,
    folder: Path | None = None,
    log: Path | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """A process on ``cores``, with pipes to it and from it, ended when the block is left. ``log``: its stderr."""
    with contextlib.ExitStack() as stack:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stack.enter_context(log.open("w")) if log else subprocess.DEVNULL,
            text=True,
            env={**os.environ, **(environment or {})},
            cwd=folder,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        stack.callback(end, process)
        yield process


def end(process: "subprocess.Popen[str]") -> None:
    """Asks it to end, and kills it when it does not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def family(pids: Iterable[int]) -> list[int]:
    """The processes and all their descendants that live."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    found, grew = set(pids), True
    while grew:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        grew = bool(more)
        found |= more
    return sorted(pid for pid in found if pid in parents)


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor time of the processes and their descendants."""
    ticks = 0
    for pid in family(pids):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK


def pss_kb(pid: int) -> int:
    """Proportional set size of one process, in kilobytes: shared pages are divided among those who share them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def pin(pids: Iterable[int], cores: set[int]) -> None:
    """Every thread of the processes and their descendants, onto ``cores``."""
    for pid in family(pids):
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(OSError):
                    os.sched_setaffinity(int(task.name), cores)


def rest(pids: list[int], limit: float = 40.0) -> None:
    """Waits until the processes have next to nothing left to do (less than 5 % of a core)."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        before = cpu_seconds(pids)
        time.sleep(1.0)
        if cpu_seconds(pids) - before < 0.05:
            return
