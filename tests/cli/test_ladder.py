"""The ladder, line by line, on recorded journals."""

from collections.abc import Sequence
from typing import Any

import click
import pytest

from ringback.cli.ladder import ladder
from ringback.kernel.journal import Entry
from tests.cli.journals import BRIDGED, PLACED, SID, entry, request, response, sip


def drawn(entries: Sequence[Entry], **how: Any) -> list[str]:
    return [click.unstyle(line) for line in ladder(entries, **how)]


def test_a_placed_call() -> None:
    assert "\n".join(drawn(PLACED)) == (
        f"""\
{SID}   2026-03-01 12:00:00.000 UTC
           Ringback                    callee 1
                                       udp:127.0.0.1:5061
    0.000  │ ● queued
    0.010  │────── INVITE +sdp ───────▶│
    0.510  │── INVITE +sdp (again) ───▶│
    0.512  │◀────── 180 Ringing ───────│
    0.513  │ ● ringing
    2.000  │◀────── 200 OK +sdp ───────│
    2.001  │────────── ACK ───────────▶│
    2.001  │ ● in-progress
    2.010  │ POST http://127.0.0.1:8080/restcomm/demos/menu.xml → 200 application/xml in 7 ms
    2.011  │ <Gather numDigits="1">   line 2
    2.012  │   <Play>   line 2
    2.013  │     ♪ menu.wav, 3.2 s
    3.100  │     key 5 from callee 1 (by event, 120 ms)
    3.110  │     ♪ menu.wav: interrupted
    3.110  │   </Play> interrupted
    3.111  │ </Gather> a key was pressed
    3.120  │ error 11200: http://127.0.0.1:9/ cannot be reached
    3.121  │────────── BYE ───────────▶│
    3.130  │◀───── 200 OK for BYE ─────│
    3.131  │ sound of callee 1: codec PCMU, sent 55, received 54, lost 0
    3.132  │ ● completed
completed after 3.132 s: 7 SIP messages (1 sent again), 1 fault"""
    )


def test_the_caller_stands_on_the_left_and_whom_we_call_on_the_right() -> None:
    assert "\n".join(drawn(BRIDGED)) == (
        f"""\
{SID}   2026-03-01 12:00:00.000 UTC
           caller                      Ringback                    callee 1                    callee 2
           udp:127.0.0.1:5061                                      udp:127.0.0.1:5062          tcp:127.0.0.1:5063
    0.000  │────── INVITE +sdp ───────▶│                           │                           │
    0.001  │◀─────── 100 Trying ───────│                           │                           │
    0.100  │                           │────── INVITE +sdp ───────▶│                           │
    0.200  │                           │◀───── 486 Busy Here ──────│                           │
    0.201  │                           │──────────────────── INVITE +sdp ─────────────────────▶│
    0.300  │                           │ ● ringing
ringing after 0.300 s: 5 SIP messages (0 sent again), 0 faults"""
    )


def test_no_journal_no_lines() -> None:
    assert drawn([]) == []


def test_a_call_without_any_sip() -> None:
    lines = drawn([entry(0, "state", status="queued"), entry(0.5, "state", status="failed", reason="no such client")])
    assert lines[1:] == [
        "           Ringback",
        "    0.000  │ ● queued",
        "    0.500  │ ● failed: no such client",
        "failed after 0.500 s: 0 SIP messages (0 sent again), 0 faults",
    ]


def test_lines_are_cut_at_the_terminals_edge() -> None:
    lines = drawn(PLACED, width=60)
    assert max(len(line) for line in lines[3:-1]) == 60
    assert lines[11] == "    2.010  │ POST http://127.0.0.1:8080/restcomm/demos/menu…"


def test_raw_shows_every_message_and_body_whole() -> None:
    text = "\n".join(drawn(PLACED, raw=True))
    assert "\n             INVITE sip:alice@127.0.0.1:5061 SIP/2.0\n             Via: SIP/2.0/UDP" in text
    assert "\n             s=-\n" in text
    assert "\n               <Gather numDigits='1'><Play>menu.wav</Play></Gather>\n" in text


def test_a_long_label_does_not_leave_its_arrow() -> None:
    lines = drawn([sip(0, "in", response("480 " + "Temporarily " * 9)), sip(0, "out", request("SUBSCRIBE" * 9))])
    assert [line[11:] for line in lines[3:-1]] == [
        "│◀─ 480 Temporarily Tempo… ─│",
        "│─ SUBSCRIBESUBSCRIBESUB… ─▶│",
    ]


@pytest.mark.parametrize("raw", [True, False])
def test_a_stranger_cannot_steer_the_terminal(raw: bool) -> None:
    nasty = "\x1b]0;owned\x07\x9b31m"
    entries = [
        sip(0, "in", f"{nasty} sip:x SIP/2.0\r\nUser-Agent: {nasty}\r\n\r\n{nasty}", leg=nasty, peer=nasty),
        entry(1, "fetch", url=nasty, method="GET", status=200, body=nasty, content_type=nasty),
        entry(2, "state", status=nasty),
    ]
    assert not set("".join(drawn(entries, raw=raw))) & set("\x1b\x07\x9b")


def test_what_matters_stands_out() -> None:
    styled = {click.unstyle(line).split("│ ")[-1].split(":")[0]: line for line in ladder(PLACED)}
    assert "\x1b[31m" in styled["error 11200"]
    assert "\x1b[1m" in styled["● ringing"]
    warning = list(ladder([entry(0, "fault", level=1, message="odd", code=0)]))[2]
    assert "\x1b[33m" in warning
