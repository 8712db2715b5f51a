"""The web server of `docs/how-to/own-web-server.md` runs, and answers as the page says."""

import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from lxml import etree

from tests.docs.pages import ROOT, blocks
from tests.stories.ports import free_port


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    (code,) = blocks(ROOT / "docs/how-to/own-web-server.md", "python")
    port = free_port()
    assert "8000" in code
    (tmp_path / "answer.py").write_text(code.replace("8000", str(port)))
    with subprocess.Popen(
        [sys.executable, tmp_path / "answer.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as it:
        yield f"127.0.0.1:{port}"
        it.kill()


def ask(server: str, **form: str) -> etree._Element:
    for _ in range(200):
        connection = HTTPConnection(server, timeout=5)
        try:
            connection.request("POST", "/", urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})
        except ConnectionRefusedError:  # it starts
            time.sleep(0.05)
            continue
        answer = connection.getresponse()
        assert answer.headers["Content-Type"] == "application/xml"
        return etree.fromstring(answer.read())
    raise AssertionError("it does not listen")


def test_it_asks_for_a_digit_and_says_which_it_was(server: str) -> None:
    first = ask(server, CallSid="CA1", From="alice", To="5000")
    assert [child.tag for child in first] == ["Gather", "Say"]
    assert first[0].get("numDigits") == "1"
    second = ask(server, CallSid="CA1", Digits="7")
    assert [(child.tag, child.text) for child in second] == [("Say", "You pressed 7. Good bye.")]
