"""A server that is measured: where it listens, and which processes are charged to it."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Server:
    """``pids``: with all their descendants they are the server; ``helpers`` run beside it, on the load's cores."""

    name: str
    port: int
    pids: list[int]
    helpers: list[int] = field(default_factory=list)
    process: "subprocess.Popen[str] | None" = None
    log: Path | None = None


class Missing(Exception):
    """A peer is not there; the sentence says what it needs."""
