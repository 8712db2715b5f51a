"""Log lines: one an event, safe for a terminal, without secrets, whoever wrote them."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from ringback.kernel.log import bind_call, set_up_logs


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_a_line_has_the_time_the_level_the_event_and_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs()
    structlog.get_logger().info("a phone registered", login="alice")
    (line,) = lines(capsys)
    assert line[10] == "T"
    assert line.index("Z [info ") < line.index("a phone registered") < line.index("login=alice")


def test_what_is_below_the_level_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("warning")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert len(lines(capsys)) == 1


def test_json_lines_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("debug", as_json=True)
    structlog.get_logger().debug("asked", url="http://x/\n")
    logging.getLogger("foreign").warning("be %s", "careful")
    ours, foreign = map(json.loads, lines(capsys))
    assert (ours["event"], ours["level"], ours["url"]) == ("asked", "debug", "http://x/\n")
    assert (foreign["event"], foreign["level"]) == ("be careful", "warning")
    assert "timestamp" in foreign


def test_a_stranger_cannot_steer_the_terminal_nor_forge_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs()
    structlog.get_logger().info("registered", agent="x\x1b[2J\n2026 [info] forged")
    (line,) = lines(capsys)
    assert "\x1b" not in line
    assert "x�[2J�2026" in line


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_shows_no_local_values(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    set_up_logs(as_json=as_json)
    token = "".join(["sec", "ret"])
    try:
        raise ValueError(len(token))
    except ValueError:
        structlog.get_logger().exception("it failed")
        logging.getLogger("foreign").exception("it failed too")
    text = "\n".join(lines(capsys))
    assert text.count("ValueError") >= 2
    assert "secret" not in text


def test_setting_up_twice_does_not_say_everything_twice(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs()
    set_up_logs()
    logging.getLogger("foreign").warning("once")
    assert len(lines(capsys)) == 1


async def test_every_line_of_a_calls_task_carries_the_call(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs()

    async def call(sid: str) -> None:
        bind_call(sid)
        await asyncio.sleep(0)
        structlog.get_logger().info("answered")

    await asyncio.gather(call("CA1"), call("CA2"))
    structlog.get_logger().info("nobody's")
    one, two, none = lines(capsys)
    assert "call=CA1" in one
    assert "call=CA2" in two
    assert "call=" not in none
