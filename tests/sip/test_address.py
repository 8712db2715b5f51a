"""Name addresses: forms seen on the wire; parse and print are inverse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.sip.address import NameAddress
from ringback.sip.syntax import Params
from ringback.sip.uri import BadUri
from tests.sip.test_uri import uris


@pytest.mark.parametrize(
    ("text", "display", "uri", "params"),
    [
        ("sip:a@b;tag=1", "", "sip:a@b", (("tag", "1"),)),
        ("<sip:a@b;lr>;tag=1", "", "sip:a@b;lr", (("tag", "1"),)),
        ("Alice Liddell <sip:a@b>", "Alice Liddell", "sip:a@b", ()),
        ('"Alice \\"A\\", \\\\ <x>" <sip:a@b> ;tag = 2 ; y', 'Alice "A", \\ <x>', "sip:a@b",
         (("tag", "2"), ("y", None))),
        ('"" <sip:a@b>', "", "sip:a@b", ()),
        ("Bell, Alexander <sip:a@b>", "Bell, Alexander", "sip:a@b", ()),
        ('caller<sip:a@b>;tag=3', "caller", "sip:a@b", (("tag", "3"),)),
        ('<sip:a@b>;+sip.instance="<urn:uuid:1>";reg-id=1', "", "sip:a@b",
         (("+sip.instance", "<urn:uuid:1>"), ("reg-id", "1"))),
        ("<sip:a@b?Replaces=1%3Bto-tag%3D2>", "", "sip:a@b?Replaces=1%3Bto-tag%3D2", ()),
        ("  <  sip:a@b  >  ", "", "sip:a@b", ()),
        ("tel:123;tag=4", "", "tel:123", (("tag", "4"),)),
    ],
)  # fmt: skip
def test_forms(text: str, display: str, uri: str, params: Params) -> None:
    address = NameAddress.parse(text)
    assert (address.display, str(address.uri), address.params) == (display, uri, params)
    assert NameAddress.parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    ["", "<>", "<sip:a@b", '"Alice <sip:a@b>', "sip:a@b, sip:c@d", "sip:a@b?x=y", "<sip:a@b>x", '<sip:a@b>;x="y'],
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(BadUri):
        NameAddress.parse(text)


def test_tag() -> None:
    address = NameAddress.parse("<sip:a@b>;x=1;tag=old")
    assert address.tag == "old"
    assert str(address.with_tag("new")) == "<sip:a@b>;x=1;tag=new"
    assert NameAddress.parse("<sip:a@b>").with_tag("t").tag == "t"


tokens = st.from_regex(r"[A-Za-z0-9\-.!%*_+`'~]{1,10}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=15)


@given(st.builds(NameAddress, texts, uris, st.lists(st.tuples(tokens, st.none() | texts), max_size=3).map(tuple)))
def test_parse_is_the_inverse_of_print(address: NameAddress) -> None:
    assert NameAddress.parse(str(address)) == address
