"""`ringback doctor` finds what is missing and says what to do."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ringback.cli import doctor
from ringback.cli.main import app
from ringback.kernel.settings import Http, Media, Settings, Sip
from tests.cli.ports import take_an_even_port

FREE = Settings(http=Http(port=0), sip=Sip(port=0), media=Media(first_port=0))


def run(folder: Path, *sets: str) -> Result:
    given = [
        "http.port=0",
        "sip.port=0",
        "media.first_port=0",
        f"data_dir={folder}",
        "journal.max_bytes=1000000",
        *sets,
    ]
    return CliRunner().invoke(app, ["doctor", *(part for one in given for part in ("--set", one))])


def test_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}" if name == "espeak-ng" else None)
    result = run(tmp_path / "new" / "data")
    assert result.exit_code == 0, result.output
    assert "✗" not in result.stdout
    assert "/usr/bin/espeak-ng" in result.stdout
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("setting", "kind", "what"),
    [
        ("http.port", socket.SOCK_STREAM, "HTTP"),
        ("sip.port", socket.SOCK_STREAM, "SIP, TCP"),
        ("sip.port", socket.SOCK_DGRAM, "SIP, UDP"),
        ("media.first_port", socket.SOCK_DGRAM, "RTP"),
    ],
)
def test_a_taken_port_is_named(tmp_path: Path, setting: str, kind: int, what: str) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        take_an_even_port(taken)
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        result = run(tmp_path, f"{setting}={port}", "media.ports=1")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith(f"✗ {what} "))
    assert f"127.0.0.1 port {port}: Address already in use" in lines[place]
    assert lines[place + 1].strip() == f"→ stop what uses it, or set {setting}"


def test_an_address_that_this_machine_does_not_have(tmp_path: Path) -> None:
    result = run(tmp_path, "http.host=192.0.2.1")
    assert result.exit_code == 1
    assert "→ this machine has no such address; set http.host" in result.stdout


def test_no_program_that_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    (finding,) = doctor.speech(FREE)
    assert finding.advice == "apt-get install espeak-ng"


def test_a_data_dir_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (finding,) = doctor.data(FREE.model_copy(update={"data_dir": tmp_path / "file" / "data"}))
    assert finding == doctor.Finding("data", f"{tmp_path / 'file'} is no folder", "set data_dir")


def test_a_data_dir_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    (finding,) = doctor.data(FREE.model_copy(update={"data_dir": tmp_path}))
    assert finding.found == f"{tmp_path} may not be written to"
    assert finding.advice.startswith("chown ")
