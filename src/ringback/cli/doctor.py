"""`ringback doctor`: is all there that the server needs? Each thing that is not, with what to do."""

import errno
import os
import platform
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import typer

from ringback.cli.options import Config, DataDir, Sets, settings_from
from ringback.kernel.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. ``advice``: what to do; empty when all is well."""

    what: str
    found: str
    advice: str = ""


def doctor(config: Config = None, sets: Sets = None, data_dir: DataDir = None) -> None:
    """Checks what the server needs: Python, speech, free ports, a folder it may write to.

    Takes the settings as `ringback serve` does. Exit code 1 when something is missing.

    \b
    Examples:
      ringback doctor
      ringback doctor --config ringback.toml
    """
    settings = settings_from(config, sets, data_dir=data_dir)
    findings = [finding for check in CHECKS for finding in check(settings)]
    for finding in findings:
        typer.echo(_line(finding))
    raise typer.Exit(1 if any(finding.advice for finding in findings) else 0)


def _line(finding: Finding) -> str:
    mark = typer.style("✗", fg="red") if finding.advice else typer.style("✓", fg="green")
    line = f"{mark} {finding.what:<13}{finding.found}"
    return f"{line}\n  {'':<13}→ {finding.advice}" if finding.advice else line


def python(_: Settings) -> Iterator[Finding]:
    yield Finding("Python", platform.python_version())


def speech(_: Settings) -> Iterator[Finding]:
    for program in ("espeak-ng", "flite"):
        if path := shutil.which(program):
            yield Finding("speech", path)
            return
    yield Finding("speech", "no espeak-ng and no flite: <Say> cannot speak", "apt-get install espeak-ng")


def ports(settings: Settings) -> Iterator[Finding]:
    http, sip, media = settings.http, settings.sip, settings.media
    yield _port("HTTP", socket.SOCK_STREAM, http.host, [http.port], "http.port")
    yield _port("SIP, UDP", socket.SOCK_DGRAM, sip.host, [sip.port], "sip.port")
    yield _port("SIP, TCP", socket.SOCK_STREAM, sip.host, [sip.port], "sip.port")
    numbers = list(range(media.first_port, media.first_port + 2 * media.ports, 2)) if media.first_port else [0]
    yield _port("RTP", socket.SOCK_DGRAM, media.host or sip.host, numbers, "media.first_port")


def _port(what: str, kind: int, host: str, numbers: list[int], setting: str) -> Finding:
    shown = f"{host} port {numbers[0]}" + (f" to {numbers[-1]}" if len(numbers) > 1 else "")
    for number in numbers:
        try:
            _bind(kind, host, number)
        except OSError as error:
            advice = f"stop what uses it, or set {setting}"
            if error.errno == errno.EADDRNOTAVAIL:
                advice = f"this machine has no such address; set {setting.partition('.')[0]}.host"
            return Finding(what, f"{host} port {number}: {error.strerror}", advice)
    return Finding(what, f"{shown}: free")


def _bind(kind: int, host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as trial:
        if kind == socket.SOCK_STREAM:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind((host, port))


def data(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir.absolute()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not existing.is_dir():
        yield Finding("data", f"{existing} is no folder", "set data_dir")
    elif not os.access(existing, os.W_OK | os.X_OK):
        yield Finding("data", f"{existing} may not be written to", f"chown {_me()} {existing}, or set data_dir")
    else:
        free = shutil.disk_usage(existing).free
        advice = "" if free >= settings.journal.max_bytes else "make room, or lower journal.max_bytes"
        yield Finding("data", f"{folder}, {free / 1e9:.1f} GB free", advice)


def _me() -> str:
    return os.environ.get("USER") or Path.home().name


CHECKS: list[Callable[[Settings], Iterator[Finding]]] = [python, speech, ports, data]
