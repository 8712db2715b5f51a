"""Asterisk as a peer, by the scripts of the folder that PEERS names: asterisk/install.sh, start.sh and stop.sh.

Its start.sh sets up the numbers 1000 (answer and wait), 1234 and 5000 (the IVR by dialplan and by FastAGI), and the
users u0000 … with the passwords pw0000 …; no call records, its fastest way (CDR=csv in the environment turns them on).
"""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from rig.machine import LOAD_CORES, SERVER_CORES
from rig.processes import pin
from rig.server import Missing, Server
from rig.whole import free_port


def scripts() -> Path:
    """Raises `Missing`."""
    named = os.environ.get("PEERS", "")
    folder = Path(named) / "asterisk"
    if not named or not (folder / "start.sh").exists():
        raise Missing("Asterisk: set PEERS to a folder with asterisk/install.sh, start.sh and stop.sh")
    if not (root() / "usr/sbin/asterisk").exists():
        raise Missing(f"Asterisk: run {folder}/install.sh first")
    return folder


def root() -> Path:
    return Path(os.environ.get("PEER_ROOT", "/opt/peers/sid"))


def process(file: Path) -> int:
    """The process that ``file`` names (start.sh may end with an error although all runs). Raises `Missing`."""
    with contextlib.suppress(OSError, ValueError):
        number = int(file.read_text())
        os.kill(number, 0)
        return number
    raise Missing(f"Asterisk: start.sh did not start it, {file} names no process that runs")


@contextlib.contextmanager
def asterisk(folder: Path, *, users: int = 1000) -> Iterator[Server]:
    """A fresh start of it. Raises `Missing`."""
    at = scripts()
    ports = {name: str(free_port()) for name in ("SIP_PORT", "UAS_PORT", "AGI_PORT")}
    try:
        with (folder / "asterisk.out").open("w") as said:  # a file: what start.sh leaves behind would hold a pipe open
            subprocess.run(
                ["bash", str(at / "start.sh")],
                env={**os.environ, **ports, "USERS": str(users)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=90,
            )
        server, application = (process(root() / "bench/run" / name) for name in ("pid", "agi.pid"))
        pin([server], SERVER_CORES)
        pin([application], LOAD_CORES)
        yield Server("Asterisk", int(ports["SIP_PORT"]), [server], [application])
    finally:
        subprocess.run(["bash", str(at / "stop.sh")], stdout=subprocess.DEVNULL, check=False, timeout=60)
