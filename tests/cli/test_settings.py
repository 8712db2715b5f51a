"""`ringback settings` shows every setting, and the reference page is the same catalogue."""

from typing import Any

import pytest
from typer.testing import CliRunner

from ringback.cli.main import app
from ringback.cli.settings import default_text
from ringback.kernel.catalogue import settings_in_order


def test_all_settings_with_default_variable_and_meaning() -> None:
    text = CliRunner().invoke(app, ["settings"]).stdout
    for setting in settings_in_order().values():
        assert f"\n{setting.name} " in f"\n{text}"
        assert setting.variable in text
        assert setting.description in text
    assert "http.port = 8080\n    port that HTTP listens on; 0: any free one\n" in text
    assert "database_url (unset)\n" in text


def test_only_those_that_hold_the_words() -> None:
    result = CliRunner().invoke(app, ["settings", "EXPIRES", "shortest"])
    assert [line.split(" ")[0] for line in result.stdout.splitlines() if line[0] != " "] == ["sip.min_expires"]


def test_a_word_that_no_setting_holds() -> None:
    result = CliRunner().invoke(app, ["settings", "xyzzy"])
    assert (result.exit_code, result.stderr) == (1, "No setting holds: xyzzy\n")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ([], ""),
        (True, "true"),
        (False, "false"),
        (15.0, "15"),
        (0, "0"),
        (8080, "8080"),
        ("US", "US"),
    ],
)
def test_a_default_is_shown_as_one_would_write_it(value: Any, text: str) -> None:
    assert default_text(value) == text
