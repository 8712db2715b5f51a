"""A soak: calls with sound for a long time, after which the server holds nothing that it did not hold before.

    python benchmarks/load/soak.py [--minutes 30] [--calls 45] [--warm-up 120] [--crowd 1.5]

``--calls`` begin each second, of several kinds (`callers`), against the whole server on one core; the load is on the
others. Counted before and after, at rest: calls, dialogs, transactions, timers, streams, tasks, files, sockets and the
memory of every process. Ends with 1 when a call failed, when anything is left over, or when memory has grown by more
than ``--most-growth`` percent and 4 MB. Before the first count the same load runs for ``--warm-up`` seconds, and then
``--crowd`` times as many calls for `CROWD` seconds, of which the server may refuse some: a process keeps what its
greatest crowd took (docs/performance.md), so the first count is after one that is greater than those of the soak.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import wave
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import uvloop
from load.callers import Callers, talking
from rig.machine import LOAD_CORES, machine
from rig.processes import cpu_seconds, end_on_signals, family, pss_kb
from rig.server import Server
from rig.whole import command, whole

from ringback.kernel import collector
from ringback.media.engine import Engine

PROMPT = 3.0
#: seconds
CROWD = 20.0
#: seconds until everything of the last calls is forgotten: SIP's transactions live for 32 s, HTTP's connections for 15
REST = 60.0
EVERY = 30.0
#: how a refusal by the admission reads
LATER = "503"
#: kilobytes that memory may differ whatever the percentage
SLACK = 4000
MENU = '<Response><Play>prompt.wav</Play><Gather action="bye.xml" numDigits="1" timeout="5"/></Response>'


def documents(folder: Path) -> Path:
    """What the customer's server holds."""
    made = folder / "documents"
    made.mkdir()
    (made / "menu.xml").write_text(MENU)
    (made / "bye.xml").write_text("<Response><Hangup/></Response>")
    (made / "told.xml").write_text("<Response/>")
    samples = talking(folder / "prompt.raw").path.read_bytes()[: int(PROMPT * 8000) * 2]
    with wave.open(str(made / "prompt.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples)
    return made


class Window:
    """What the server holds, as it says itself and as the system sees it."""

    def __init__(self, server: Server) -> None:
        assert server.process is not None
        self._process, self._log = server.process, server.log
        self.pids = family(server.pids)

    def look(self) -> dict[str, int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("look\n")
        self._process.stdin.flush()
        if not (line := self._process.stdout.readline()):
            assert self._log is not None
            raise SystemExit(f"the server is gone:\n{self._log.read_text()[-2000:]}")
        return {**json.loads(line), **self.descriptors()}

    def descriptors(self) -> dict[str, int]:
        kinds = [kind for pid in self.pids for kind in targets(pid)]
        sockets = sum(kind.startswith("socket:") for kind in kinds)
        return {"sockets": sockets, "files": len(kinds) - sockets, "processes": len(family(self.pids[:1]))}

    def memory(self) -> dict[str, int]:
        """Kilobytes (PSS) of each process."""
        return {f"process {number}": pss_kb(pid) for number, pid in enumerate(self.pids)}

    async def at_rest(self, least: dict[str, int] | None) -> dict[str, int]:
        """Looks until it holds no more than ``least`` (None: until no call is left in it), for `REST` at most."""
        until = time.monotonic() + REST
        while True:
            held = await asyncio.to_thread(self.look)
            calm = not grown(least, held) if least else not held["server transactions"]
            if calm or time.monotonic() > until:
                return held
            await asyncio.sleep(2)


def trace(sid: str, server: Server) -> str:
    """What happened in a call, as the server's journal tells it."""
    assert server.log is not None
    words = [*command()[:1], "trace", sid, "--data-dir", str(server.log.parent)]
    told = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    return told.stdout + told.stderr


def targets(pid: int) -> list[str]:
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(os.readlink(link))
    return found


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, str]:
    """What there is more of."""
    return {name: f"{before[name]} → {after[name]}" for name in before if after[name] > before[name]}


def _shown(failures: Counter[str]) -> str:
    return "".join(f"; {count} × {failure}" for failure, count in failures.most_common(3))


async def progress(callers: Callers, window: Window, server: Server) -> None:
    """A line now and then, and the traces of the first calls that failed: journals are kept for a while only."""
    shown = 0
    started, cpu, calls = time.monotonic(), cpu_seconds(server.pids), callers.tally.calls
    while True:
        await asyncio.sleep(EVERY)
        now, used, done = time.monotonic(), cpu_seconds(server.pids), callers.tally.calls
        memory = sum(window.memory().values()) / 1000
        print(
            f"  soak: {done} calls over, {callers.tally.failures.total()} failed, {callers.open} open, "
            f"{(done - calls) / (now - started):.1f}/s, {(used - cpu) / (now - started):.2f} of a core, "
            f"{memory:.1f} MB{_shown(callers.tally.failures)}",
            file=sys.stderr,
            flush=True,
        )
        started, cpu, calls = now, used, done
        for sid in callers.tally.failed[shown:3]:
            print(await asyncio.to_thread(trace, sid, server), file=sys.stderr, flush=True)
        shown = len(callers.tally.failed)


async def crowd(callers: Callers, rate: float) -> None:
    """More than the usual load. That some are told to come later is no failure of theirs."""
    failures, before = callers.tally.failures, callers.tally.failures.copy()
    await callers.call_for(CROWD, rate)
    for failure in [failure for failure in failures if LATER in failure and not before[failure]]:
        del failures[failure]


async def soak(server: Server, folder: Path, options: argparse.Namespace) -> bool:
    """Whether all went well."""
    window = Window(server)
    engine = await Engine.start(host="127.0.0.1", first_port=0, ports=64, workers=1)
    callers = await Callers.start(engine, server.port, folder, PROMPT + 0.2)
    collector.settle()  # else a look through all that the callers hold keeps them from answering for a second
    shown = asyncio.create_task(progress(callers, window, server))
    try:
        await callers.call_for(options.warm_up, options.calls)
        await crowd(callers, options.calls * options.crowd)
        held, memory = await window.at_rest(None), window.memory()
        warm, cpu, started = callers.tally.calls, cpu_seconds(server.pids), time.monotonic()
        await callers.call_for(options.minutes * 60, options.calls)
        share = (cpu_seconds(server.pids) - cpu) / (time.monotonic() - started)
        after, memory_after = await window.at_rest(held), window.memory()
    finally:
        shown.cancel()
        await callers.close()
        await engine.stop()
    more, tally = grown(held, after), callers.tally
    total, total_after = sum(memory.values()), sum(memory_after.values())
    fat = total_after - total > max(SLACK, total * options.most_growth / 100)
    each = ", ".join(f"{memory[name] / 1000:.1f} → {memory_after[name] / 1000:.1f}" for name in memory)
    held_text = ", ".join(f"{count} {name}" for name, count in after.items() if count)
    for failure, count in tally.failures.most_common(10):
        print(f"soak: FAILED {count} times: {failure}")
    if more:
        print(f"soak: LEFT OVER: {more}")
    print(
        f"soak: {tally.calls} calls ({tally.calls - warm} in {options.minutes:g} minutes, {share:.2f} of a core), "
        f"{tally.failures.total()} failed, {tally.lost} of {tally.heard} packets lost; "
        f"{'more than before: ' + str(more) if more else 'nothing left over'}; holds {held_text}; "
        f"memory {total / 1000:.1f} → {total_after / 1000:.1f} MB "
        f"(processes {each}){' GROWN' if fat else ''} | {machine()}"
    )
    return not (more or fat or tally.failures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--calls", type=float, default=45)
    parser.add_argument("--warm-up", type=float, default=120)
    parser.add_argument("--crowd", type=float, default=1.5)
    parser.add_argument("--most-growth", type=float, default=3)
    options = parser.parse_args()
    end_on_signals()
    os.sched_setaffinity(0, LOAD_CORES)
    entry = [sys.executable, str(Path(__file__).with_name("observed.py"))]
    numbers = {"7000": "menu.xml", "7001": "gone.xml"}
    with tempfile.TemporaryDirectory(prefix="ringback-soak-") as name:
        folder = Path(name)
        with whole(folder, documents(folder), numbers, told="told.xml", entry=entry) as server:
            well = uvloop.run(soak(server, folder, options))
    sys.exit(not well)


if __name__ == "__main__":
    main()
