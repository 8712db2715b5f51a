"""sippy's own UAS as a peer, in an environment of its own: it rings and answers every call, and logs nothing."""

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rig.machine import SERVER_CORES
from rig.processes import child
from rig.server import Missing, Server
from rig.whole import free_port

VERSION = "2.5.0"
PLACE = Path(tempfile.gettempdir()) / f"ringback-bench-sippy-{VERSION}"


def installed() -> Path:
    """Its Python; installed on first use. Raises `Missing`."""
    python = PLACE / "bin" / "python"
    if subprocess.run([python, "-P", "-c", "import sippy"], check=False).returncode if python.exists() else True:
        try:
            subprocess.run([sys.executable, "-m", "venv", PLACE], check=True, timeout=60)
            subprocess.run([python, "-m", "pip", "install", "-q", f"sippy=={VERSION}"], check=True, timeout=240)
        except (subprocess.SubprocessError, OSError) as error:
            raise Missing(f"sippy {VERSION}: could not be installed from PyPI into {PLACE}: {error}") from error
    return python


@contextlib.contextmanager
def sippy(folder: Path) -> Iterator[Server]:
    """Raises `Missing`."""
    port = free_port()
    program = str(Path(__file__).with_name("sippy_uas.py"))
    with child(
        [str(installed()), "-P", program, str(port)], SERVER_CORES, folder=folder, log=folder / "sippy.log"
    ) as it:
        assert it.stdout is not None
        if it.stdout.readline().strip() != "ready":
            raise Missing(f"sippy: its UAS did not start: {(folder / 'sippy.log').read_text()[-500:]}")
        yield Server("sippy", port, [it.pid])
