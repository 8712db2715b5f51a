"""Every fuzz target in every suite: its seeds, what was found before, and a short run with atheris."""

import asyncio
import importlib.util
import os
import sys
from pathlib import Path

import pytest

from tests.fuzz.found import FOUND
from tests.fuzz.target import targets

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("name", targets())
def test_well_formed_input(name: str) -> None:
    for seed in targets()[name].seeds():
        targets()[name].take(seed)


@pytest.mark.parametrize(("name", "fault"), FOUND)
def test_what_was_found_before(name: str, fault: str) -> None:
    targets()[name].take(FOUND[name, fault])


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="there is no atheris for this system")
@pytest.mark.timeout(240)
async def test_a_short_run_of_each_target(tmp_path: Path) -> None:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fuzz", "--runs", "2000", "--seed", "1", "--corpus", str(tmp_path)),
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "0"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    shown, _ = await program.communicate()
    assert program.returncode == 0, shown.decode(errors="replace")
