"""RFC 5118: each message judged by its name, those with session descriptions together with what they describe."""

import pytest

from ringback.kernel.errors import Refusal
from ringback.media.negotiation import Address, LocalSide, answer_offer
from ringback.sip.message import Request, parse_message
from ringback.sip.uri import Uri
from tests.media.test_negotiation import local
from tests.sip.test_torture import judge
from tests.sip.wire import Node, Wire

VIDEO = ("m=video 6024 RTP/AVP 107", "a=rtpmap:107 H263-1998/90000")
TIME = "t=3338481189 3370017201"
G726 = ("m=audio 6000 RTP/AVP 2", "a=rtpmap:2 G726-32/8000")


def octets(first: str, *lines: str, sdp: tuple[str, ...] = ()) -> bytes:
    body = "".join(f"{line}\r\n" for line in sdp)
    kind = ("Content-Type: application/sdp",) if sdp else ()
    head = [first, "From: sip:user@example.com;tag=81x2", "Max-Forwards: 70", *lines, *kind]
    return ("\r\n".join([*head, f"Content-Length: {len(body)}"]) + "\r\n\r\n" + body).encode()


def register(uri: str) -> bytes:
    return octets(
        f"REGISTER {uri} SIP/2.0",
        "To: sip:user@example.com",
        "Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111",
        "Call-ID: SSG9559905523997077@hlau_4100",
        'Contact: "Caller" <sip:caller@[2001:db8::1]>',
        "CSeq: 98176 REGISTER",
    )


def invite(via: str, contact: str, *sdp: str) -> bytes:
    return octets(
        "INVITE sip:user@[2001:db8::10] SIP/2.0",
        "To: sip:user@[2001:db8::10]",
        via,
        "Call-ID: SSG9559905523997077@hlau_4100",
        f"Contact: {contact}",
        "CSeq: 8612 INVITE",
        sdp=("v=0", *sdp),
    )


def options(host: str) -> bytes:
    return octets(
        f"OPTIONS sip:user@{host} SIP/2.0",
        f"To: sip:user@{host}",
        "Via: SIP/2.0/UDP lab1.east.example.com;branch=z9hG4bKas3-111",
        "Call-ID: G9559905523997077@hlau_4100",
        "CSeq: 689 OPTIONS",
    )


MAPPED = "::ffff:192.0.2.2"
MESSAGES: dict[str, tuple[bytes, int | str]] = {
    "ipv6-good": (register("sip:[2001:db8::10]"), "request"),
    "ipv6-bad": (register("sip:2001:db8::10"), 400),
    "port-ambiguous": (register("sip:[2001:db8::10:5070]"), "request"),
    "port-unambiguous": (register("sip:[2001:db8::10]:5070"), "request"),
    "via-received-param-with-delim": (
        octets(
            "BYE sip:[2001:db8::10] SIP/2.0",
            "To: sip:user@example.com;tag=bd76ya",
            "Via: SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111",
            "Call-ID: SSG9559905523997077@hlau_4100",
            "CSeq: 321 BYE",
        ),
        481,  # well-formed; it belongs to no dialog of ours
    ),
    "via-received-param-no-delim": (
        octets(
            "OPTIONS sip:[2001:db8::10] SIP/2.0",
            "To: sip:user@example.com",
            "Via: SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3",
            "Call-ID: SSG95523997077@hlau_4100",
            'Contact: "Caller" <sip:caller@[2001:db8::9:1]>',
            "CSeq: 921 OPTIONS",
        ),
        200,
    ),
    "ipv6-in-sdp": (
        invite(
            "Via: SIP/2.0/UDP [2001:db8::20];branch=z9hG4bKas3-111",
            '"Caller" <sip:caller@[2001:db8::20]>',
            "o=assistant 971731711378798081 0 IN IP6 2001:db8::20",
            "s=Live video feed for today's meeting",
            "c=IN IP6 2001:db8::20",
            *(TIME, *G726, *VIDEO),
        ),
        "call",
    ),
    "mult-ip-in-header": (
        octets(
            "BYE sip:user@host.example.net SIP/2.0",
            "Via: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111",
            "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144",
            "Via: SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200",
            "Call-ID: 997077@lau_4100",
            "CSeq: 89187 BYE",
            "To: sip:user@example.net;tag=9817--94",
        ),
        481,
    ),
    "mult-ip-in-sdp": (
        invite(
            "Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111",
            '"Caller" <sip:caller@[2001:db8::9:1]>',
            "o=bob 280744730 28977631 IN IP4 host.example.com",
            *("s=", "t=0 0", "m=audio 22334 RTP/AVP 0", "c=IN IP4 192.0.2.1"),
            *(VIDEO[0], "c=IN IP6 2001:db8::1", VIDEO[1]),
        ),
        "call",
    ),
    "ipv4-mapped-ipv6": (
        invite(
            "Via: SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19\r\n"
            f"Via: SIP/2.0/UDP [{MAPPED}];branch=z9hG4bKas3-111",
            f'"T. desk phone" <sip:ted@[{MAPPED}]>',
            f"o=assistant 971731711378798081 0 IN IP6 {MAPPED}",
            "s=Call me soon, please!",
            f"c=IN IP6 {MAPPED}",
            *(TIME, *G726, *VIDEO),
        ),
        "call",
    ),
    "ipv6-bug-abnf-3-colons": (options("[2001:db8:::192.0.2.1]"), 200),  # to be liberal in what is taken, says §4.10
    "ipv6-correct-abnf-2-colons": (options("[2001:db8::192.0.2.1]"), 200),
}


@pytest.mark.parametrize("name", MESSAGES)
async def test_judged(wire: Wire, b: Node, name: str) -> None:
    message, verdict = MESSAGES[name]
    assert judge(wire, b, message) == verdict


def read(name: str) -> Request:
    message = parse_message(MESSAGES[name][0])
    assert isinstance(message, Request)
    return message


def test_ports_in_and_behind_the_brackets() -> None:
    ambiguous, unambiguous = read("port-ambiguous").uri, read("port-unambiguous").uri
    assert (ambiguous.host, ambiguous.port) == ("2001:db8::10:5070", None)
    assert (unambiguous.host, unambiguous.port) == ("2001:db8::10", 5070)
    assert str(Uri.parse(str(unambiguous))) == str(unambiguous)


def test_vias_of_both_families() -> None:
    assert [(via.transport, via.host, via.port) for via in read("mult-ip-in-header").vias] == [
        ("UDP", "2001:db8::9:1", 6050),
        ("UDP", "192.0.2.1", None),
        ("TCP", "2001:db8::9:255", None),
    ]
    assert read("via-received-param-with-delim").via.param("received") == "[2001:db8::9:255]"
    assert read("via-received-param-no-delim").via.param("received") == "2001:db8::9:255"


def peer(name: str, ours: LocalSide, *, instead_of_g726: bool = False) -> Address:
    """Where our sound would go."""
    offer = read(name).sdp
    assert offer is not None
    if instead_of_g726:
        offer = offer.replace(b"RTP/AVP 2\r\na=rtpmap:2 G726-32/8000", b"RTP/AVP 0")
    _, agreement = answer_offer(offer, ours)
    return agreement.peer


@pytest.mark.parametrize(("name", "host"), [("ipv6-in-sdp", "2001:db8::20"), ("ipv4-mapped-ipv6", "192.0.2.2")])
def test_the_address_of_a_session(name: str, host: str) -> None:
    """Nobody here speaks G.726, and that is said; with a codec that we have, the sound goes there."""
    with pytest.raises(Refusal) as refused:
        peer(name, local())
    assert refused.value.sip_status == 488
    assert peer(name, local(), instead_of_g726=True) == Address(host, 6000)


def test_the_address_of_each_section_is_its_own() -> None:
    """Also with an empty session name."""
    assert peer("mult-ip-in-sdp", local()) == Address("192.0.2.1", 22334)
