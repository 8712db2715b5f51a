"""Runs targets under atheris, each in a process of its own, and says what came of it."""

import os
import re
import signal
import sys
import time
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import NoReturn

import atheris

from tests.fuzz.target import Target

#: seconds after which one input is a hang, and megabytes above which a process has grown too much
LONGEST = 30
MOST_MEMORY = 1500


@dataclass(frozen=True)
class Bounds:
    """When a run ends: 0 is no bound."""

    inputs: int = 0
    seconds: int = 0
    seed: int = 0  #: of the luck; with `inputs` it makes a run that is the same each time


@dataclass(frozen=True)
class Outcome:
    """What a run of one target was."""

    name: str
    inputs: int
    seconds: float
    megabytes: int  #: peak
    status: int  #: 0: nothing found
    log: Path

    @property
    def found(self) -> str:
        """The last lines of what was found; empty when nothing was."""
        if self.status == 0:
            return ""
        text = self.log.read_text(errors="replace")
        return text[text.find("=== Uncaught") :][:2000] if "=== Uncaught" in text else text[-2000:]


def run(name: str, target: Target, corpus: Path, bounds: Bounds) -> Outcome:
    """``corpus``: the folder of what has been found worth trying; it is begun with the seeds, and grows."""
    folder = corpus / name
    (folder / "inputs").mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (folder / "inputs" / sha1(seed, usedforsecurity=False).hexdigest()).write_bytes(seed)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
    log, began = folder / "log", time.monotonic()
    child = os.fork()
    if child == 0:
        _fuzz(target, folder, bounds, log)
    try:
        _, status, usage = os.wait4(child, 0)
    except KeyboardInterrupt:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    return Outcome(name, _inputs(log), time.monotonic() - began, usage.ru_maxrss // 1024, status, log)


def _fuzz(target: Target, folder: Path, bounds: Bounds, log: Path) -> NoReturn:
    """The child: libFuzzer ends the process, with 0 when it found nothing."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    arguments = [
        sys.argv[0],
        f"-runs={bounds.inputs // target.dear or -1}",
        f"-max_total_time={bounds.seconds}",
        f"-seed={bounds.seed}",
        f"-max_len={target.most}",
        f"-timeout={LONGEST}",
        f"-rss_limit_mb={MOST_MEMORY}",
        f"-artifact_prefix={folder}/",
        f"-dict={folder / 'words'}" if target.words else "",
        "-len_control=0",
        "-print_final_stats=1",
        "-verbosity=1",
        str(folder / "inputs"),
    ]
    atheris.Setup([argument for argument in arguments if argument], target.take)
    atheris.Fuzz()
    os._exit(0)


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{octet:02x}" for octet in word)


def _inputs(log: Path) -> int:
    text = log.read_text(errors="replace")
    counts = re.findall(r"(?:executed_units:\s*|^#)(\d+)", text, re.MULTILINE)
    return max(map(int, counts), default=0)
