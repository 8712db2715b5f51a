"""RFC 4475: each of the 49 messages judged: accepted, answered with which code, or dropped."""

from typing import Any

import pytest

from ringback.sip.digest import Authenticator, Wrong
from ringback.sip.message import BadMessage, Response, parse_message
from tests.sip.torture_messages import MESSAGES
from tests.sip.wire import Node, Packet, Wire, WireFlow

#: what the stack answers by itself; "call": handed on as a call, "request": as a request, "dropped": no answer
JUDGED = {
    # 3.1.1 valid messages
    "wsinv": 481,  # well-formed; its To tag belongs to no dialog of ours
    "intmeth": 405,
    "esc01": "call",
    "escnull": "request",
    "esc02": 405,  # %47 in a method is no G
    "lwsdisp": 200,
    "longreq": "call",
    "dblreq": "request",  # what follows in the datagram is ignored
    "semiuri": 200,
    "transports": 200,
    "mpart01": "request",
    "unreason": "dropped",  # responses to nothing that we asked
    "noreason": "dropped",
    # 3.1.2 invalid messages
    "badinv01": 400,
    "clerr": 400,
    "ncl": 400,
    "scalar02": 400,
    "scalarlg": "dropped",
    "quotbal": 400,
    "ltgtruri": 400,
    "lwsruri": 400,
    "lwsstart": 400,
    "trws": 200,  # blanks after the version hurt nobody
    "escruri": "call",  # headers in a Request-URI are ignored
    "baddate": "call",  # nobody looks at Date
    "regbadct": 400,
    "badaspec": 200,  # blanks inside of <> hurt nobody
    "baddn": 200,
    "badvers": 505,
    "mismatch01": 400,
    "mismatch02": 400,
    "bigcode": "dropped",
    # 3.2 transaction layer
    "badbranch": 200,  # the magic alone is no branch: matched as RFC 2543 did
    # 3.3 application layer
    "insuf": 400,
    "unkscm": 416,
    "novelsc": 416,
    "unksm2": "request",
    "bext01": 420,
    "invut": 415,
    "regaut01": "request",
    "multi01": 400,
    "mcl01": 400,
    "bcast": "dropped",
    "zeromf": 200,  # we are where it was going to
    "cparam01": "request",
    "cparam02": "request",
    "regescrt": "request",
    "sdp01": 406,
    # 3.4 backward compatibility
    "inv2543": "call",
}


def judge(wire: Wire, b: Node, octets: bytes) -> int | str:
    statuses: list[int] = []

    def keep(packet: Packet) -> list[Packet]:
        response = parse_message(packet.octets)
        assert isinstance(response, Response)
        statuses.append(response.status)
        return []

    wire.fate = keep
    b.stack.receive(octets, WireFlow(b, "192.0.2.99", 5060, False))
    final = [status for status in statuses if status > 100]
    assert len(final) + len(b.calls) + len(b.requests) <= 1
    return final[0] if final else "call" if b.calls else "request" if b.requests else "dropped"


@pytest.mark.parametrize("name", MESSAGES)
async def test_judged(wire: Wire, b: Node, name: str) -> None:
    assert judge(wire, b, MESSAGES[name]) == JUDGED[name]


def test_all_are_here() -> None:
    assert len(MESSAGES) == 49
    assert set(MESSAGES) == set(JUDGED)


def read(name: str) -> Any:
    return parse_message(MESSAGES[name])


def test_wsinv() -> None:
    message = read("wsinv")
    assert (message.to.tag, message.max_forwards, message.cseq.number) == ("1918181833n", 68, 9)
    assert message.from_.display == 'J Rosenberg \\"'
    assert message.from_.tag == "98asjd8"
    assert [via.transport for via in message.vias] == ["UDP", "TCP", "UDP"]
    assert [via.branch for via in message.vias] == ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]
    assert message.headers.get("NewFangledHeader") == "newfangled value continued newfangled value"
    assert message.headers.get("UnknownHeaderWithUnusualValue") == ";;,,;;,;"
    assert len(message.routes) == 1
    assert [contact.display for contact in message.contacts] == ['Quoted string ""']
    assert message.contacts[0].params == (("newparam", "newvalue"), ("secondparam", None), ("q", "0.33"))
    assert message.sdp == message.body
    assert len(message.body) == 150


def test_intmeth() -> None:
    message = read("intmeth")
    assert message.method == "!interesting-Method0123456789_*+`.%indeed'~"
    assert message.to.display == "BEL:\x07 NUL:\x00 DEL:\x7f"
    assert message.from_.display == "token1~` token2'+_ token3*%!.-"
    assert message.uri.host == "example.com"


def test_escapes() -> None:
    message = read("esc01")
    assert (message.uri.user, message.uri.host) == ("sips:user@example.com", "example.net")
    assert message.to.uri.user == "user"
    assert message.contacts[0].uri.user == "caller"
    assert [contact.uri.user for contact in read("escnull").contacts] == ["\0", "\0\0"]
    assert read("esc02").method == "RE%47IST%45R"


def test_other_valid_ones() -> None:
    assert read("lwsdisp").from_.display == "caller"
    assert len(read("longreq").vias) > 30
    assert read("dblreq").body == b""
    assert read("semiuri").uri.user == "user;par=u@example.net"
    assert [via.transport for via in read("transports").vias] == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]
    assert read("mpart01").content_type == "multipart/mixed"
    assert read("unreason").reason == "= 2**3 * 5**2 но сто девяносто девять - простое"
    assert read("noreason").reason.strip() == ""


def test_parameters_of_contacts() -> None:
    bare, bracketed = read("cparam01").contacts[0], read("cparam02").contacts[0]
    assert (bare.params, bare.uri.params) == ((("unknownparam", None),), ())
    assert (bracketed.params, bracketed.uri.params) == ((), (("unknownparam", None),))
    assert read("regescrt").contacts[0].uri.headers == (("Route", "<sip:sip.example.com>"),)


def test_numbers() -> None:
    with pytest.raises(BadMessage):
        _ = read("scalar02").cseq
    assert read("scalar02").max_forwards == 300
    assert read("scalar02").expires == 2**32 - 1


def test_an_unknown_scheme_of_proof_proves_nothing() -> None:
    message = read("regaut01")
    verdict = Authenticator(b"s", "r", Wire().clock).check(message.authorization[0], "REGISTER", lambda user: "x")
    assert isinstance(verdict, Wrong)
