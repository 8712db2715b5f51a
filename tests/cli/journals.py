"""Recorded journals, as the server writes them: what a trace is tried on."""

from typing import Any

from ringback.kernel.journal import Entry

SID = "CA5e1d0c3b2a49586776859493a2b1c0df"
START = 1_772_366_400.0  # 2026-03-01 12:00:00 UTC
PHONE = "udp:127.0.0.1:5061"


def entry(after: float, kind: str, **facts: Any) -> Entry:
    return {"call": SID, "at": START + after, "kind": kind, **facts}


def request(method: str, number: int = 1, body: str = "") -> str:
    return (
        f"{method} sip:alice@127.0.0.1:5061 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK{number}\r\n"
        f"CSeq: {number} {method}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


def response(status: str, method: str = "INVITE", number: int = 1, body: str = "") -> str:
    return f"SIP/2.0 {status}\r\nCSeq: {number} {method}\r\nContent-Length: {len(body)}\r\n\r\n{body}"


def sip(after: float, way: str, message: str, leg: str = "callee 1", peer: str = PHONE) -> Entry:
    return entry(after, "sip", leg=leg, way=way, peer=peer, message=message)


SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"

#: the first call of the documentation, with an INVITE sent twice, a key during the prompt, and a fault
PLACED = [
    entry(0, "state", status="queued"),
    sip(0.010, "out", request("INVITE", body=SDP)),
    sip(0.510, "out", request("INVITE", body=SDP)),
    sip(0.512, "in", response("180 Ringing")),
    entry(0.513, "state", status="ringing"),
    sip(2.000, "in", response("200 OK", body=SDP)),
    sip(2.001, "out", request("ACK")),
    entry(2.001, "state", status="in-progress"),
    entry(
        2.010,
        "fetch",
        url="http://127.0.0.1:8080/restcomm/demos/menu.xml",
        method="POST",
        status=200,
        content_type="application/xml",
        ms=7,
        body="<Response>\n  <Gather numDigits='1'><Play>menu.wav</Play></Gather>\n</Response>",
    ),
    entry(2.011, "verb", name="Gather", attributes={"numDigits": "1"}, line=2),
    entry(2.012, "verb", name="Play", attributes={}, line=2),
    entry(2.013, "play", what="menu.wav", ms=3200, loop=1),
    entry(3.100, "key", leg="callee 1", digit="5", how="event", ms=120),
    entry(3.110, "play", what="menu.wav", done="interrupted"),
    entry(3.110, "verb", name="Play", done="interrupted"),
    entry(3.111, "verb", name="Gather", done="a key was pressed"),
    entry(3.120, "fault", code=11200, level=0, message="http://127.0.0.1:9/ cannot be reached"),
    sip(3.121, "out", request("BYE", 2)),
    sip(3.130, "in", response("200 OK", "BYE", 2)),
    entry(3.131, "media", leg="callee 1", codec="PCMU", sent=55, received=54, lost=0),
    entry(3.132, "state", status="completed"),
]

#: a caller who is connected to somebody else
BRIDGED = [
    sip(0, "in", request("INVITE", body=SDP), "caller"),
    sip(0.001, "out", response("100 Trying"), "caller"),
    sip(0.100, "out", request("INVITE", body=SDP), "callee 1", "udp:127.0.0.1:5062"),
    sip(0.200, "in", response("486 Busy Here"), "callee 1", "udp:127.0.0.1:5062"),
    sip(0.201, "out", request("INVITE", body=SDP), "callee 2", "tcp:127.0.0.1:5063"),
    entry(0.300, "state", status="ringing"),
]
