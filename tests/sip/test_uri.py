"""URIs: parse and print are inverse; comparison as RFC 3261 §19.1.4 has it."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.sip.uri import BadUri, Uri


def test_every_part() -> None:
    uri = Uri.parse("sip:alice:secret@example.com:5061;transport=tcp;lr?Subject=hi%20there&X-A=1")
    assert (uri.scheme, uri.user, uri.password, uri.host, uri.port) == ("sip", "alice", "secret", "example.com", 5061)
    assert uri.params == (("transport", "tcp"), ("lr", None))
    assert uri.headers == (("Subject", "hi there"), ("X-A", "1"))
    assert uri.transport == "tcp"
    assert uri.param("lr") == ""
    assert uri.param("ttl") is None


@pytest.mark.parametrize(
    ("text", "user", "host", "port"),
    [
        ("sip:example.com", "", "example.com", None),
        ("SIP:pbx1", "", "pbx1", None),
        ("sips:bob@[2001:db8::10]:5070", "bob", "2001:db8::10", 5070),
        ("sip:+1-202-555-0100;phone-context=x@gw;user=phone", "+1-202-555-0100;phone-context=x", "gw", None),
        ("sip:%61lice%40home@example.com", "alice@home", "example.com", None),
        ("sip:null-%00-null@example.com", "null-\0-null", "example.com", None),
        ("sip:%C3%A9mile@example.com", "émile", "example.com", None),
        ("sip:%ff@example.com", "ÿ", "example.com", None),
        ("sip:*72%23@example.com", "*72#", "example.com", None),
        ("sip:sip%3Auser%40example.com@company.com;other-param=summit", "sip:user@example.com", "company.com", None),
        ("tel:+1-201-555-0123;phone-context=example.com", "+1-201-555-0123", "", None),
        ("nobodyKnowsThisScheme:totallyopaquecontent", "totallyopaquecontent", "", None),
        ("soap.beep://192.0.2.103:3002", "//192.0.2.103:3002", "", None),
    ],
)
def test_forms(text: str, user: str, host: str, port: int | None) -> None:
    uri = Uri.parse(text)
    assert (uri.user, uri.host, uri.port) == (user, host, port)
    assert str(uri) == text


@pytest.mark.parametrize(
    "text",
    ["", "alice", "sip:", "sip:@example.com;x y", "sip:a b@c", "sip:a@b:99999", "sip:a@b:x", "sip:a@[::1", "tel:",
     "tel:x y", "sip:a@b;=1", "<sip:a@b>", "sip:a@@b"],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    with pytest.raises(BadUri):
        Uri.parse(text)


def test_a_changed_copy_is_printed_anew() -> None:
    uri = Uri.parse("sip:%61lice@example.com")
    assert str(dataclasses.replace(uri, host="there")) == "sip:alice@there"


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
hosts = st.one_of(
    st.from_regex(r"[a-z0-9]([a-z0-9\-]{0,8}[a-z0-9])?(\.[a-z]{2,5})?", fullmatch=True),
    st.ip_addresses().map(str),
)
uris = st.builds(
    Uri,
    st.sampled_from(["sip", "sips"]),
    names.filter(bool),
    names,
    hosts,
    st.none() | st.integers(0, 65535),
    st.lists(st.tuples(names.filter(bool), st.none() | names), max_size=3).map(tuple),
    st.lists(st.tuples(names.filter(bool), names), max_size=3).map(tuple),
)


@given(uris)
def test_parse_is_the_inverse_of_print(uri: Uri) -> None:
    assert Uri.parse(str(uri)) == uri


@given(st.text(max_size=60) | st.text(max_size=60).map("sip:".__add__))
def test_any_text_is_a_uri_or_refused(text: str) -> None:
    try:
        uri = Uri.parse(text)
    except BadUri:
        return
    assert str(uri) == text
    assert Uri.parse(str(dataclasses.replace(uri))) == uri


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", True),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", True),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", True),
        ("sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
         "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com", True),
        ("sip:alice@atlanta.com?subject=project%20x&priority=urgent",
         "sip:alice@atlanta.com?priority=urgent&subject=project%20x", True),
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", False),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", False),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", False),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", False),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", False),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;newparam=6", False),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", False),
    ],
)  # fmt: skip
def test_comparison_as_in_the_rfc(one: str, other: str, same: bool) -> None:
    assert Uri.parse(one).same_as(Uri.parse(other)) is same
    assert Uri.parse(other).same_as(Uri.parse(one)) is same
