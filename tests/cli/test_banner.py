"""The banner can be copied and pasted: real addresses, real credentials, and options only where they are needed."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from ringback.cli import banner
from ringback.cli.banner import Facts
from ringback.kernel.settings import Http, Settings

SID = "ACae6e420f425248d6a26948c17a9e2acf"
TOKEN = "77f8c12cc7b8f8423e5c38b035249166"
USUAL = Facts(
    settings=Settings(),
    http="http://127.0.0.1:8080",
    sip_host="127.0.0.1",
    sip_port=5080,
    media="127.0.0.1, ports 20000 to 20127, 1 worker",
    sid=SID,
    email="administrator@company.com",
    token=TOKEN,
    token_is_new=False,
    phones=[("alice", "1234"), ("bob", "1234")],
    numbers=["1234", "1235"],
    command=".venv/bin/ringback",
)


def shown(facts: Facts) -> str:
    return "\n".join(banner._lines(facts))


def test_what_listens_and_who_may_do_what() -> None:
    text = shown(USUAL)
    assert "HTTP            http://127.0.0.1:8080/restcomm/2012-04-24/\n" in text
    assert "SIP             127.0.0.1:5080, UDP and TCP\n" in text
    assert "RTP             127.0.0.1, ports 20000 to 20127, 1 worker\n" in text
    assert f"administrator   {SID}, administrator@company.com\n" in text
    assert f"token           {TOKEN}\n" in text
    assert "alice (password 1234), bob (password 1234)\n" in text
    assert "to dial         1234, 1235\n" in text


def test_the_lines_to_try_are_the_documentations_own() -> None:
    text = shown(USUAL)
    assert "\n  .venv/bin/ringback phone --register alice:1234 --answer\n" in text
    assert (
        f"\n  curl -X POST http://{SID}:{TOKEN}@127.0.0.1:8080/restcomm/2012-04-24/Accounts/{SID}/Calls.json "
        "-d From=+16175551212 -d To=client:alice -d Url=http://127.0.0.1:8080/restcomm/demos/hello-play.xml\n"
    ) in text
    assert "\n  .venv/bin/ringback trace --last\n" in text


def test_another_port_is_told_to_the_phone() -> None:
    assert "--answer --server 127.0.0.1:5090\n" in shown(replace(USUAL, sip_port=5090))
    assert "--answer --server [::1]:5080\n" in shown(replace(USUAL, sip_host="::"))
    assert "--answer\n" in shown(replace(USUAL, sip_host="0.0.0.0"))


def test_another_data_dir_is_told_to_the_trace() -> None:
    elsewhere = replace(USUAL, settings=Settings(data_dir=Path("/srv/my calls")))
    assert shlex.split(shown(elsewhere).split("trace ")[1].split("\n")[0]) == ["--last", "--data-dir", "/srv/my calls"]


def test_a_token_is_shown_once_and_later_only_referred_to() -> None:
    new = shown(replace(USUAL, token="0123", token_is_new=True))
    assert "token           0123   (made just now, and not shown again: keep it)\n" in new
    later = shown(replace(USUAL, token=None))
    assert TOKEN not in later
    assert "token           the one that was shown at the first start\n" in later
    assert f"http://{SID}:TOKEN@127.0.0.1" in later


def test_without_demo_data_a_client_is_made_first() -> None:
    text = shown(replace(USUAL, phones=[], numbers=[]))
    assert "SIP users" not in text
    assert "to dial" not in text
    made = shlex.split(next(line for line in text.splitlines() if "Clients.json" in line))
    password = made[-1].removeprefix("Password=")
    assert made[-3] == "Login=alice"
    assert len(password) >= 12
    assert f"phone --register alice:{password} --answer\n" in text
    assert password not in shown(replace(USUAL, phones=[], numbers=[]))


def test_every_address_is_said_to_be_every_address() -> None:
    text = shown(replace(USUAL, settings=Settings(http=Http(host="0.0.0.0")), sip_host="::"))
    assert "/restcomm/2012-04-24/   (on every address)\n" in text
    assert "[::]:5080, UDP and TCP   (on every address)\n" in text


def test_the_command_is_named_as_it_can_be_typed_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(tmp_path / ".venv" / "bin" / "ringback"), "serve"])
    assert banner.own_command() == ".venv/bin/ringback"
    monkeypatch.setattr("sys.argv", ["/usr/bin/ringback", "serve"])
    assert banner.own_command() == "/usr/bin/ringback"
