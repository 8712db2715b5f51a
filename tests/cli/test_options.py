"""Options become settings; a bad one is named with its value and what would be right, and ends the program with 2."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ringback.cli.main import app
from ringback.cli.options import settings_from


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, arguments, env=environment)


@pytest.mark.parametrize("command", [["serve"], ["doctor"], ["migrate"], ["trace", "--last"]])
def test_every_command_refuses_a_bad_setting_in_the_same_words(command: Sequence[str]) -> None:
    result = run(*command, "--set", "http.port=eighty", "--set", "sip.prot=1")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "ringback: sip.prot = '1' (option): there is no such setting; perhaps sip.port?",
        "ringback: http.port = 'eighty' (option): must be a whole number from 0 to 65535",
    ]
    assert result.stdout == ""


def test_a_bad_variable_and_a_bad_file_are_refused_too(tmp_path: Path) -> None:
    result = run("doctor", RINGBACK_SIP_PORT="x")
    assert (result.exit_code, result.stderr) == (
        2,
        "ringback: sip.port = 'x' (RINGBACK_SIP_PORT): must be a whole number from 0 to 65535\n",
    )
    result = run("doctor", "--config", str(tmp_path / "none.toml"))
    assert result.exit_code == 2
    assert "cannot be read: No such file or directory" in result.stderr


@pytest.mark.parametrize("text", ["http.port", "=8081", " = "])
def test_set_wants_a_name_and_a_value(text: str) -> None:
    result = run("doctor", "--set", text)
    assert result.exit_code == 2
    assert "must be NAME=VALUE, for example --set http.port=8081" in result.stderr


def test_named_options_are_settings_and_the_last_word() -> None:
    settings = settings_from(None, ["http.port=1", "log.level = debug", "database_url=sqlite:///x?a=b"], http__port="2")
    assert (settings.http.port, settings.log.level) == (2, "debug")
    assert settings.database_url == "sqlite:///x?a=b"


def test_version_and_help() -> None:
    assert run("--version").stdout.startswith("Ringback 0.")
    for command in ([], ["serve"], ["trace"], ["phone"], ["settings"], ["doctor"], ["migrate"]):
        result = run(*command, "--help")
        assert result.exit_code == 0, result.output
        assert "Examples:" in result.stdout, command
