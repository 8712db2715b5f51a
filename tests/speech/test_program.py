"""Speech programs: whatever they do, it ends in time, and nothing of them stays."""

import asyncio
import contextlib
import os
from pathlib import Path

import pytest

from ringback.kernel.clock import ManualClock
from ringback.speech.failure import NotSpoken
from ringback.speech.program import Program


async def test_the_text_goes_in_and_what_it_prints_comes_back() -> None:
    assert await Program("cat").run(text="Zoë\n-v \ud800") == "Zoë\n-v ?".encode()


async def test_a_program_that_is_missing() -> None:
    program = Program("no-such-program-here")
    assert program.path is None
    with pytest.raises(NotSpoken, match="no-such-program-here is not installed"):
        await program.run()


async def test_a_program_that_fails() -> None:
    with pytest.raises(NotSpoken, match="false failed with exit status 1"):
        await Program("false").run(text="x" * 1_000_000)


async def test_a_program_that_hangs_is_killed() -> None:
    clock = ManualClock()
    running = asyncio.ensure_future(Program("sh", clock, timeout=20).run("-c", "echo $$ > /dev/stderr; exec sleep 60"))
    while not running.done():
        await asyncio.sleep(0.01)
        clock.advance(20)
    with pytest.raises(NotSpoken, match="not done within 20 s"):
        await running


async def test_who_is_cancelled_kills_it(tmp_path: Path) -> None:
    mark = str(tmp_path / "pid")
    running = asyncio.ensure_future(
        Program("sh").run("-c", f"echo $$ > {mark}.new; mv {mark}.new {mark}; exec sleep 60")
    )
    while not os.path.exists(mark):  # noqa: ASYNC110, ASYNC240
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with open(mark) as file:  # noqa: ASYNC230
        process = int(file.read())
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


@pytest.mark.parametrize("steps", range(6))
async def test_who_is_cancelled_while_it_starts_kills_it(steps: int) -> None:
    seconds = f"60.{steps}12345"
    running = asyncio.ensure_future(Program("sleep").run(seconds))
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not [line for line in command_lines() if seconds.encode() in line]


async def test_a_program_that_cannot_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "astray").write_text("#!/no/such/interpreter\n")
    (tmp_path / "astray").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotSpoken, match=r"astray could not be started: .*No such file"):
        await Program("astray").run()


def command_lines() -> list[bytes]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(path.read_bytes())
    return found
