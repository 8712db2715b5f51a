"""What the stack refuses by itself, each with its code (RFC 3261 §8.2, §12.2.2, §16.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.sip.message import Request, Response, parse_message
from tests.sip.wire import OFFER, Node, Packet, Wire

LINES: dict[str, str | None] = {
    "Via": "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK-one",
    "Max-Forwards": "70",
    "From": "<sip:me@10.0.0.1>;tag=f",
    "To": "<sip:bob@10.0.0.2>",
    "Call-ID": "call",
    "CSeq": "1 INVITE",
    "Contact": "<sip:me@10.0.0.1>",
}


def message(method: str = "INVITE", uri: str = "sip:bob@10.0.0.2", body: bytes = b"", **changes: str | None) -> bytes:
    """An INVITE (or another) with some lines changed or, with None, left out; ``_`` in names stands for ``-``."""
    lines = LINES | {"CSeq": f"1 {method}"}
    lines |= {name.replace("_", "-"): value for name, value in changes.items()}
    headers = [(name, value) for name, value in lines.items() if value is not None]
    return Request(method, uri, headers, body).serialize()


def answers(wire: Wire, a: Node, b: Node, octets: bytes) -> list[Response]:
    """What comes back to ``a`` for these octets."""
    heard: list[Response] = []

    def keep(packet: Packet) -> list[Packet]:
        response = parse_message(packet.octets)
        assert isinstance(response, Response)
        heard.append(response)
        return []

    wire.fate = keep
    a.says(b.name, octets)
    wire.deliver()
    return [response for response in heard if response.status > 100]


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (message("SUBSCRIBE"), 405),
        (message("NOSUCH"), 405),
        (message(uri="http://example.com"), 416),
        (message(uri="nonsense"), 400),
        (message(uri="sip:"), 400),
        (message(Require="100rel, path, other"), 420),
        (message(body=b"x", Content_Type="text/plain"), 415),
        (message(body=b"x"), 415),
        (message(body=OFFER, Content_Type="application/sdp", Content_Encoding="gzip"), 415),
        (message(CSeq="1 OPTIONS"), 400),
        (message(CSeq="4294967296 INVITE"), 400),
        (message(Contact=None), 400),
        (message(Contact="*"), 400),
        (message(Contact="<sip:x"), 400),
        (message(Record_Route="<sip:x"), 400),
        (message(Max_Forwards="lots"), 400),
        (message(From=None), 400),
        (message(CSeq=None), 400),
        (message(Accept="text/plain"), 406),
        (message("BYE"), 481),
        (message("INFO"), 481),
        (message("UPDATE"), 481),
        (message(To="<sip:bob@10.0.0.2>;tag=unknown"), 481),
        (message("CANCEL"), 481),
        (message("OPTIONS"), 200),
        (message("OPTIONS", Max_Forwards="0"), 200),
        (message().replace(b"SIP/2.0\r\n", b"SIP/7.0\r\n", 1), 505),
        (message().replace(b"Content-Length: 0", b"Content-Length: 9"), 400),
        (message().replace(b"Content-Length", b"Content Length"), 400),
        (message(body=b"x" * 70_000, Content_Type="text/plain"), 513),
    ],
)
async def test_refusal(wire: Wire, a: Node, b: Node, octets: bytes, status: int) -> None:
    (response,) = answers(wire, a, b, octets)
    assert response.status == status
    assert response.call_id == "call"
    assert b.calls == []


@pytest.mark.parametrize(
    "octets",
    [
        message("ACK"),
        message("ACK").replace(b"SIP/2.0\r\n", b"SIP/7.0\r\n", 1),
        message("ACK", Contact="<sip:x"),
        message(Via=None),
        message(Via="SIP/2.0/UDP"),
        b"\0" * 100,
        b"INVITE",
        b"SIP/2.0 200 OK\r\n\r\n",
        message().replace(b"INVITE sip:bob@10.0.0.2 SIP/2.0", b"SIP/2.0 200 OK", 1),
    ],
)
async def test_what_gets_no_answer(wire: Wire, a: Node, b: Node, octets: bytes) -> None:
    assert answers(wire, a, b, octets) == []
    assert b.stack.counters.dropped + b.stack.counters.malformed == 1
    assert b.quiet


async def test_refusals_say_what_would_do(wire: Wire, a: Node, b: Node) -> None:
    def header(octets: bytes, name: str) -> str | None:
        return answers(wire, a, b, octets)[0].headers.get(name)

    def numbered(number: int, method: str = "INVITE", require: str | None = None) -> bytes:
        via = f"SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK{number}"
        return message(method, Call_ID=f"c{number}", Via=via, Require=require)

    allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REGISTER, MESSAGE"
    assert header(numbered(1, method="PUBLISH"), "Allow") == allow
    assert header(numbered(2, require="100rel, path, other"), "Unsupported") == "100rel, path, other"
    assert header(numbered(4, method="OPTIONS"), "Allow") == allow
    assert header(numbered(5, method="OPTIONS"), "Accept") == "application/sdp"
    body = message(body=b"x", Content_Type="text/plain", Via="SIP/2.0/UDP h;branch=z9hG4bK9", Call_ID="c9")
    assert header(body, "Accept") == "application/sdp"


async def test_a_body_that_may_be_ignored_is(wire: Wire, a: Node, b: Node) -> None:
    octets = message(body=b"x", Content_Type="image/png", Content_Disposition="icon; handling=optional")
    assert answers(wire, a, b, octets) == []
    assert b.calls[0].offer is None


async def test_a_description_among_other_parts(wire: Wire, a: Node, b: Node) -> None:
    body = (
        b"--x\r\nContent-Type: text/html\r\n\r\nhi\r\n--x\r\nContent-Type: application/sdp\r\n\r\n"
        + OFFER
        + b"\r\n--x--"
    )
    answers(wire, a, b, message(body=body, Content_Type='multipart/mixed; boundary="x"'))
    assert b.calls[0].offer == OFFER


async def test_a_merged_request_is_482(wire: Wire, a: Node, b: Node) -> None:
    """§8.2.2.2: the same request again by another way."""
    assert answers(wire, a, b, message()) == []
    (response,) = answers(wire, a, b, message(Via="SIP/2.0/UDP 10.0.0.3;branch=z9hG4bK-two"))
    assert response.status == 482
    assert len(b.calls) == 1


async def test_a_repeated_request_is_one(wire: Wire, a: Node, b: Node) -> None:
    assert answers(wire, a, b, message()) == []
    b.calls[0].ring()
    (again,) = answers(wire, a, b, message())
    assert again.status == 180
    assert len(b.calls) == 1


async def test_branches_of_rfc_2543(wire: Wire, a: Node, b: Node) -> None:
    """§17.2.3: without the magic, the whole Via, tags, Call-ID and number tell requests apart."""
    old = "SIP/2.0/UDP 10.0.0.1:5060"
    answers(wire, a, b, message(Via=old))
    answers(wire, a, b, message(Via=old))
    assert len(b.calls) == 1
    wire.fate = lambda packet: []
    b.calls[0].refuse(486)
    a.says(b.name, message("ACK", CSeq="1 ACK", To="<sip:bob@10.0.0.2>;tag=whatever", Via=old))
    wire.deliver()
    assert [transaction.state for transaction in b.stack.server_transactions.values()] == ["confirmed"]
    answers(wire, a, b, message(Via=old, CSeq="2 INVITE"))
    assert len(b.calls) == 2


async def test_draining(wire: Wire, a: Node, b: Node) -> None:
    b.admission.draining = True
    (response,) = answers(wire, a, b, message("OPTIONS"))
    assert response.status == 503
    assert response.headers.get("Retry-After") == "30"


async def test_received_and_rport(wire: Wire, a: Node, b: Node) -> None:
    (response,) = answers(wire, a, b, message("OPTIONS", Via="SIP/2.0/UDP 192.168.1.1:7;rport;branch=z9hG4bKx"))
    assert str(response.via) == "SIP/2.0/UDP 192.168.1.1:7;rport=5060;branch=z9hG4bKx;received=10.0.0.1"


async def test_malformed_messages_are_counted_by_source(wire: Wire, a: Node, b: Node) -> None:
    for _ in range(3):
        answers(wire, a, b, b"rubbish")
    assert b.stack.counters.malformed_by_source == {"10.0.0.1": 3}


def test_the_sources_counted_are_bounded(b: Node) -> None:
    for number in range(5000):
        b.stack.counters.add_malformed(f"h{number}")
        b.stack.counters.add_malformed("the worst")
    assert len(b.stack.counters.malformed_by_source) <= 1000
    assert b.stack.counters.malformed_by_source["the worst"] == 5000


values = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.sampled_from([*LINES, "Require", "Route", "Record-Route", "Expires", "Content-Type"]), values, st.booleans())
async def test_any_header_value_is_answered_or_dropped(name: str, value: str, response: bool) -> None:
    """Never an exception; each transaction that is begun is answered or waits for its user."""
    wire = Wire()
    a, b = wire.node("10.0.0.1"), wire.node("10.0.0.2")
    lines = {"Content_Type": "application/sdp", name.replace("-", "_"): value}
    octets = message("INVITE", "sip:bob@10.0.0.2", OFFER, **lines)
    if response:
        octets = octets.replace(b"INVITE sip:bob@10.0.0.2 SIP/2.0", b"SIP/2.0 200 OK", 1)
    answers(wire, a, b, octets)
    waiting = [one for one in b.stack.server_transactions.values() if not one.answered]
    assert len(waiting) == len(b.calls) + len(b.requests)
    assert len(b.stack.dialogs) == len(b.calls)
