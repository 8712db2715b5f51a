"""SIPp as the other end."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sip.people import Person


@dataclass(frozen=True)
class Outcome:
    """What SIPp counted."""

    successful: int
    failed: int
    retransmissions: int
    code: int
    text: str


async def sipp(person: Person, *options: str, folder: Path, calls: int = 20, seconds: float = 40) -> Outcome:
    """Runs SIPp against ``person`` to its end; ``options`` say what it does (``-sn uac``, ``-sf FILE`` …)."""
    statistics = folder / "statistics.csv"
    process = await asyncio.create_subprocess_exec(
        "sipp",
        f"127.0.0.1:{person.endpoint.port}",
        *("-i", "127.0.0.1", "-m", str(calls), "-nostdin", "-trace_stat", "-stf", str(statistics), "-trace_err"),
        *("-error_file", str(folder / "errors.log"), "-timeout", f"{seconds:g}", "-timeout_error"),
        *options,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    errors = folder / "errors.log"
    text = (errors.read_text(errors="replace") if errors.exists() else "") + out.decode(errors="replace")[-3000:]
    assert process.returncode is not None
    counted = _last_line(statistics)
    return Outcome(
        int(counted["SuccessfulCall(C)"]),
        int(counted["FailedCall(C)"]),
        int(counted["Retransmissions(C)"]),
        process.returncode,
        re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text),
    )


def _last_line(statistics: Path) -> dict[str, Any]:
    lines = statistics.read_text().splitlines()
    return dict(zip(lines[0].split(";"), lines[-1].split(";"), strict=False))
