"""Calls from SIPp, a phone that we did not write."""

import shutil
from pathlib import Path

import pytest

from tests.sip.people import New
from tests.sip.sipp import sipp

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("sipp") is None, reason="sipp (Debian: sip-tester) is not installed"),
]


@pytest.mark.parametrize("transport", ["u1", "t1", "tn"])
async def test_calls(new: New, tmp_path: Path, transport: str) -> None:
    """One socket, one connection, a connection for each call."""
    person = await new()
    many = ("-max_socket", "100") if transport == "tn" else ()
    outcome = await sipp(person, "-sn", "uac", "-t", transport, *many, "-r", "40", "-d", "50", folder=tmp_path)
    assert (outcome.successful, outcome.failed, outcome.code) == (20, 0, 0), outcome.text
    assert outcome.retransmissions == 0
    endings = [person.calls.get_nowait().ended.result().cause for _ in range(20)]
    assert endings == ["bye"] * 20
    counters = person.endpoint.counters
    assert (counters.malformed, counters.defects, counters.retransmissions) == (0, 0, 0)


async def test_calls_with_a_tenth_lost(new: New, tmp_path: Path) -> None:
    person = await new()
    outcome = await sipp(person, "-sn", "uac", "-lost", "10", "-r", "40", "-d", "50", folder=tmp_path, calls=60)
    assert (outcome.successful, outcome.failed) == (60, 0), outcome.text
    assert outcome.retransmissions + person.endpoint.counters.retransmissions > 0
