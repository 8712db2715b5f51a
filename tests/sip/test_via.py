"""Via: forms, where responses go, and what a server adds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.sip.via import Via
from tests.sip.test_address import tokens
from tests.sip.test_uri import hosts


@pytest.mark.parametrize(
    ("text", "transport", "host", "port", "branch"),
    [
        ("SIP/2.0/UDP a.example:5070;branch=z9hG4bK1", "UDP", "a.example", 5070, "z9hG4bK1"),
        ("SIP  / 2.0\t /  tcp   a.example ; branch = z9hG4bK2 ", "TCP", "a.example", None, "z9hG4bK2"),
        ("SIP/2.0/UDP [2001:db8::9]:5060;BRANCH=x", "UDP", "2001:db8::9", 5060, "x"),
        ("sip/2.0/xyz h : 1 ;x", "XYZ", "h", 1, ""),
    ],
)
def test_forms(text: str, transport: str, host: str, port: int | None, branch: str) -> None:
    via = Via.parse(text)
    assert (via.transport, via.host, via.port, via.branch) == (transport, host, port, branch)
    assert Via.parse(str(via)) == via


@pytest.mark.parametrize("text", ["", "SIP/2.0/UDP", "SIP/3/UDP a", "SIP/2.0/UDP a b", "SIP/2.0/UDP a:99999", "UDP a",
                                  "SIP/2.0/UDP ;;,;,,"])  # fmt: skip
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Via.parse(text)


@pytest.mark.parametrize(
    ("text", "seen", "reply_to"),
    [
        ("SIP/2.0/UDP 10.0.0.1:5070;branch=b", "SIP/2.0/UDP 10.0.0.1:5070;branch=b", ("10.0.0.1", 5070)),
        ("SIP/2.0/UDP a.example;branch=b", "SIP/2.0/UDP a.example;branch=b;received=10.0.0.1", ("10.0.0.1", 5060)),
        ("SIP/2.0/UDP 10.0.0.1;rport;branch=b", "SIP/2.0/UDP 10.0.0.1;rport=4321;branch=b;received=10.0.0.1",
         ("10.0.0.1", 4321)),
        ("SIP/2.0/UDP 9.9.9.9;received=8.8.8.8;rport=1", "SIP/2.0/UDP 9.9.9.9;received=10.0.0.1;rport=4321",
         ("10.0.0.1", 4321)),
    ],
)  # fmt: skip
def test_seen_from(text: str, seen: str, reply_to: tuple[str, int]) -> None:
    """RFC 3581 §4: with rport, received is always added."""
    via = Via.parse(text).seen_from("10.0.0.1", 4321)
    assert str(via) == seen
    assert via.reply_to == reply_to


params = st.lists(st.tuples(tokens, st.none() | tokens), max_size=3).map(tuple)


@given(st.builds(Via, st.sampled_from(["UDP", "TCP", "TLS"]), hosts, st.none() | st.integers(0, 65535), params))
def test_parse_is_the_inverse_of_print(via: Via) -> None:
    assert Via.parse(str(via)) == via
