"""The machine that a figure was taken on, and which of its cores do what."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """CPU model, cores, kernel and Python, in one line."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    cores = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    return f"{names[0] if names else platform.machine()}, {cores}, {platform.release()}, Python {version()}"


def version() -> str:
    return platform.python_version()


_ALL = sorted(os.sched_getaffinity(0))
#: the core of what is measured, and those of what loads it (all together, on a machine with one)
SERVER_CORES = set(_ALL[:1])
LOAD_CORES = set(_ALL[1:] or _ALL)
