"""Addresses and lists of them: From, To, Contact, Route; read and printed they are the same."""

from ringback.sip.address import NameAddress
from ringback.sip.syntax import parse_params, print_params, quote, split_list, unquote
from ringback.sip.uri import BadUri
from tests.fuzz.target import Target
from tests.fuzz.text import text_of


def _take(octets: bytes) -> None:
    text = text_of(octets)
    assert unquote(quote(text)) == text
    try:
        elements = split_list(text)
    except ValueError:
        elements = [text]
    for element in elements:
        _take_address(element)
    _take_params(text)


def _take_address(text: str) -> None:
    try:
        address = NameAddress.parse(text)
    except BadUri:
        return
    again = NameAddress.parse(str(address))
    assert again == address, (str(address), again, address)
    tagged = address.with_tag("t")
    assert tagged.tag == NameAddress.parse(str(tagged)).tag == "t"


def _take_params(text: str) -> None:
    try:
        params = parse_params(text)
    except ValueError:
        return
    assert parse_params(print_params(params)) == params, print_params(params)


TARGET = Target(
    _take,
    lambda: (
        b'"Alice \\"A\\" B" <sip:alice@example.com;transport=tcp>;tag=1;q=0.5, <sip:b@c>',
        b"sip:a@b;tag=x",
        b'Bob Smith <sips:bob@[::1]:5061>;expires=3600;+sip.instance="<urn:uuid:1>"',
        b"<tel:+1555>",
        b"sip:b@c;tag",
        b';a=b;c;d="e \\" f"',
    ),
    (b"<sip:", b">", b";tag=", b'"', b'\\"', b",", b";q=0.5"),
    400,
)
