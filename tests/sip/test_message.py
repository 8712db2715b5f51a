"""Messages: what is read, what is kept, what is refused; parse and print are inverse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.sip.headers import Headers
from ringback.sip.message import BadMessage, Request, Response, parse_message
from tests.sip.test_address import tokens

INVITE = (
    b"INVITE sip:bob@example.com SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1,SIP/2.0/TCP p;branch=z9hG4bK2\r\n"
    b"Via: SIP/2.0/TCP q;branch=z9hG4bK3\r\n"
    b"f: \"A, B\" <sip:a@b>;tag=1\r\n"
    b"TO : <sip:b@c>\r\n"
    b"i: call@host\r\n"
    b"cseq: 0009\r\n   INVITE\r\n"
    b"m: <sip:a@10.0.0.1>, \"x, y\" <sip:c@d>\r\n"
    b"Subject: two\r\n\tlines\r\n"
    b"x-Own: 1\r\n"
    b"X-OWN: 2\r\n"
    b"c: application/sdp\r\n"
    b"l: 4\r\n"
    b"\r\n"
    b"v=0\nignored"
)  # fmt: skip


def test_a_request() -> None:
    request = parse_message(INVITE)
    assert isinstance(request, Request)
    assert (request.method, str(request.uri)) == ("INVITE", "sip:bob@example.com")
    assert [via.branch for via in request.vias] == ["z9hG4bK1", "z9hG4bK2", "z9hG4bK3"]
    assert request.via.branch == "z9hG4bK1"
    assert (request.from_.display, request.from_.tag, request.to.tag) == ("A, B", "1", "")
    assert request.call_id == "call@host"
    assert (request.cseq.number, request.cseq.method) == (9, "INVITE")
    assert [contact.uri.user for contact in request.contacts] == ["a", "c"]
    assert request.headers.get("subject") == "two lines"
    assert request.headers.all("X-Own") == ["1", "2"]
    assert request.body == request.sdp == b"v=0\n"
    assert request.raw == INVITE


def test_a_typed_header_is_understood_once() -> None:
    request = parse_message(INVITE)
    assert request.from_ is request.from_


def test_a_response() -> None:
    response = parse_message(b"SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\xd0\xbe\r\nCSeq: 1 INVITE\r\n\r\n")
    assert isinstance(response, Response)
    assert (response.status, response.reason) == (200, "= 2**3 * 5**2 но")
    assert parse_message(b"SIP/2.0 100 \r\nCSeq: 1 INVITE\r\n\r\n").serialize().startswith(b"SIP/2.0 100  \r\n")


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", 400),
        (b"\r\n\r\n", 400),
        (b"hello", 400),
        (b"INVITE sip:a@b SIP/7.0\r\nCSeq: 1 INVITE\r\n\r\n", 505),
        (b"INVITE  sip:a@b SIP/2.0\r\n\r\n", 400),
        (b"INVITE <sip:a@b> extra SIP/2.0\r\n\r\n", 400),
        (b"SIP/2.0 4294967301 better\r\n\r\n", 400),
        (b"SIP/2.0 099 low\r\n\r\n", 400),
        (b"OPTIONS sip:a@b SIP/2.0\r\nno colon here\r\n\r\n", 400),
        (b"OPTIONS sip:a@b SIP/2.0\r\n: no name\r\n\r\n", 400),
        (b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 5\r\n\r\n1234", 400),
        (b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: -1\r\n\r\n1234", 400),
        (b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n1234", 400),
        (b"\x80\x00\xff" * 20, 400),
    ],
)
def test_what_is_no_message(octets: bytes, code: int) -> None:
    with pytest.raises(BadMessage) as bad:
        parse_message(octets)
    assert bad.value.code == code


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("CSeq: 36893488147419103232 INVITE", "cseq"),
        ("CSeq: one INVITE", "cseq"),
        ("Expires: soon", "expires"),
        ("Contact: sip:a@b?x=y", "contacts"),
        ("From: <sip:a@b", "from_"),
        ("To: a\r\nTo: b", "to"),
        ("Call-ID: a b", "call_id"),
        ("Via: nothing", "via"),
        ("Max-Forwards: x", "max_forwards"),
        ('Require: a, "', "require"),
    ],
)
def test_a_bad_header_is_refused_when_it_is_asked_for(header: str, name: str) -> None:
    message = parse_message(f"OPTIONS sip:a@b SIP/2.0\r\n{header}\r\n\r\n".encode())
    with pytest.raises(BadMessage) as bad:
        getattr(message, name)
    assert bad.value.code == 400
    assert bad.value.partial is message


def test_a_huge_number_is_as_large_as_can_be() -> None:
    """RFC 4475 §3.1.2.4."""
    message = parse_message(b"REGISTER sip:a SIP/2.0\r\nExpires: 10000000000000000000000\r\n\r\n")
    assert message.expires == 2**32 - 1


def test_octets_that_are_no_utf_8_are_read_as_latin_1() -> None:
    message = parse_message(b'OPTIONS sip:a@b SIP/2.0\r\nFrom: "Ren\xe9" <sip:a@b>\r\n\r\n')
    assert message.from_.display == "René"


def test_bare_line_feeds_are_understood() -> None:
    message = parse_message(b"OPTIONS sip:a@b SIP/2.0\nCall-ID: x\nSubject: a\n b\n\nbody")
    assert (message.call_id, message.headers.get("Subject"), message.body) == ("x", "a b", b"body")


def test_a_response_copies_what_it_must() -> None:
    request = parse_message(INVITE)
    assert isinstance(request, Request)
    text = request.response(180, to_tag="t").serialize().decode()
    assert text == (
        "SIP/2.0 180 Ringing\r\n"
        "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1,SIP/2.0/TCP p;branch=z9hG4bK2\r\n"
        "Via: SIP/2.0/TCP q;branch=z9hG4bK3\r\n"
        'From: "A, B" <sip:a@b>;tag=1\r\n'
        "To: <sip:b@c>;tag=t\r\n"
        "Call-ID: call@host\r\n"
        "CSeq: 0009 INVITE\r\n"
        "Content-Length: 0\r\n\r\n"
    )


def test_stamp_marks_only_the_topmost_via() -> None:
    request = parse_message(INVITE.replace(b"branch=z9hG4bK1", b"rport;branch=z9hG4bK1"))
    assert isinstance(request, Request)
    request.stamp("10.9.9.9", 99)
    assert request.headers.all("Via") == [
        "SIP/2.0/UDP 10.0.0.1:5060;rport=99;branch=z9hG4bK1;received=10.9.9.9, SIP/2.0/TCP p;branch=z9hG4bK2",
        "SIP/2.0/TCP q;branch=z9hG4bK3",
    ]
    assert request.vias[0].reply_to == ("10.9.9.9", 99)


def test_a_line_end_in_a_value_smuggles_nothing_in() -> None:
    request = Request("OPTIONS", "sip:a@b", [("Subject", "x\r\nRoute: <sip:evil>")])
    assert b"\r\nRoute" not in request.serialize()


def test_headers_change_in_place() -> None:
    headers = Headers([("a-b", "1"), ("Via", "x"), ("A-B", "2"), ("t", "y")])
    headers.set("via", "z")
    headers.remove("a-B")
    assert list(headers) == [("Via", "z"), ("To", "y")]
    headers.set("To", "only")
    headers.add("From", "f")
    headers.put_first("v", "first")
    assert list(headers) == [("Via", "first"), ("Via", "z"), ("To", "only"), ("From", "f")]
    assert "via" in headers
    assert len(headers.copy()) == 4


values = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30).map(str.strip)
header_lists = st.lists(st.tuples(tokens, values), max_size=8)


@given(tokens, header_lists, st.binary(max_size=50))
def test_parse_is_the_inverse_of_print(method: str, headers: list[tuple[str, str]], body: bytes) -> None:
    kept = [pair for pair in headers if pair[0].lower() not in ("content-length", "l")]
    request = Request(method, "sip:a@b", kept, body)
    again = parse_message(request.serialize())
    assert isinstance(again, Request)
    assert (again.method, again.uri_text, again.body) == (method, "sip:a@b", body)
    again.headers.remove("Content-Length")
    assert again.headers == request.headers
    assert parse_message(again.serialize()).serialize() == again.serialize()


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: INVITE[:200] + tail))
def test_any_octets_are_a_message_or_refused(octets: bytes) -> None:
    try:
        message = parse_message(octets)
    except BadMessage:
        return
    message.serialize()


def test_the_first_line_of_a_header_is_replaced_wherever_it_is_looked_up() -> None:
    headers = Headers([("Via", "one"), ("To", "bob"), ("Via", "two")])
    assert headers.lines("Via") == ["one", "two"]
    headers.replace_first("v", "changed")
    headers.replace_first("To", "carol")
    assert headers.one("Via") == "changed"
    assert headers.lines("Via") == ["changed", "two"]
    assert headers.all("via") == ["changed", "two"]
    assert headers.one("To") == "carol"
    assert list(headers) == [("Via", "changed"), ("To", "carol"), ("Via", "two")]
    assert Headers([("To", "bob")]).lines("Via") == ()
