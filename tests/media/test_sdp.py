"""Session descriptions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.media.sdp import BadSdp, Media, SessionDescription

#: RFC 8866 §5
EXAMPLE = b"""v=0\r
o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r
s=Call to John Smith\r
i=SDP Offer #1\r
u=http://www.jdoe.example.com/home.html\r
e=Jane Doe <jane@jdoe.example.com>\r
p=+1 617 555-6011\r
c=IN IP4 198.51.100.1\r
t=0 0\r
m=audio 49170 RTP/AVP 0\r
m=audio 49180/2 RTP/AVP 0 97\r
c=IN IP6 2001:db8::2\r
a=rtpmap:97 iLBC/8000\r
a=sendonly\r
m=video 51372 RTP/AVP 99\r
c=IN IP4 233.252.0.1/127\r
a=rtpmap:99 h263-1998/90000\r
"""


def test_the_example_of_the_rfc_is_printed_as_it_was() -> None:
    description = SessionDescription.parse(EXAMPLE)
    assert bytes(description) == EXAMPLE
    first, second, video = description.media
    assert (first.kind, first.port, first.formats) == ("audio", 49170, ("0",))
    assert second.ports == 2
    assert description.address(first) == "198.51.100.1"
    assert description.address(second) == "2001:db8::2"
    assert description.address(video) == "233.252.0.1"
    assert description.direction(first) == "sendrecv"
    assert description.direction(second) == "sendonly"
    assert list(second.attributes("rtpmap")) == ["97 iLBC/8000"]
    assert first.attribute("rtpmap") is None


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_every_line_ending_is_taken(end: bytes) -> None:
    assert bytes(SessionDescription.parse(EXAMPLE.replace(b"\r\n", end))) == EXAMPLE
    assert bytes(SessionDescription.parse(EXAMPLE.rstrip())) == EXAMPLE


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"hello",
        b"v=1\r\n",
        b"o=- 1 1 IN IP4 1.2.3.4\r\nv=0\r\n",
        b"v=0\r\nm=audio\r\n",
        b"v=0\r\nm=audio x RTP/AVP 0\r\n",
        b"v=0\r\nm=audio 70000 RTP/AVP 0\r\n",
        b"v=0\r\nm=audio 5000 RTP/AVP\r\n",
        b"v=0\r\nc=IN IP4\r\n",
        b"v=0\r\nc=ATM x y\r\n",
        b"v=0\r\n\r\nm=audio 5000 RTP/AVP 0\r\n",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_description_is_refused_with_400(text: bytes) -> None:
    with pytest.raises(BadSdp) as refused:
        SessionDescription.parse(text)
    assert refused.value.sip_status == 400


@given(st.binary(max_size=300))
def test_any_octets_are_parsed_or_refused(text: bytes) -> None:
    try:
        parsed = SessionDescription.parse(b"v=0\r\n" + text)
    except BadSdp:
        return
    assert SessionDescription.parse(bytes(parsed)) == parsed


words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
lines = st.lists(
    st.tuples(
        st.sampled_from("iabkz"), st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=40)
    ),
    max_size=4,
)
sections = st.builds(
    lambda kind, port, formats, rest: Media(kind, port, "RTP/AVP", tuple(formats), tuple(rest)),
    words,
    st.integers(0, 65535),
    st.lists(words, min_size=1, max_size=5),
    lines,
)


@given(lines, st.lists(sections, max_size=3))
def test_parse_and_print_are_inverse(session: list[tuple[str, str]], media: list[Media]) -> None:
    description = SessionDescription((("v", "0"), *session), tuple(media))
    assert SessionDescription.parse(bytes(description)) == description
