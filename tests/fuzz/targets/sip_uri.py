"""A URI: read and printed it is the same, to the letter and when its parts are printed anew."""

from dataclasses import replace

from ringback.sip.uri import BadUri, Uri
from tests.fuzz.target import Target
from tests.fuzz.text import text_of


def _take(octets: bytes) -> None:
    text = text_of(octets)
    try:
        uri = Uri.parse(text)
    except BadUri as bad:
        assert bad.sip_status == 400
        return
    assert str(uri) == text
    anew = replace(uri)
    assert Uri.parse(str(anew)) == uri, str(anew)
    assert uri.same_as(anew)
    assert anew.same_as(uri)
    assert uri.port is None or 0 <= uri.port <= 65535


TARGET = Target(
    _take,
    lambda: (
        b"sip:alice@example.com",
        b"sips:al%20ice:pass@[2001:db8::1]:5061;transport=tcp;lr?subject=hi&to=x",
        b"tel:+1-201-555-0123;phone-context=example.com",
        b"urn:service:sos",
        b"sip:+15551234567;ext=5@gateway.example.com;user=phone",
        b"sip:a%00b%ff@host;p=%41%zz",
    ),
    (b"sip:", b"tel:", b";lr", b"%41", b"@", b":5060", b"[::1]", b"?a=b", b"&"),
    300,
)
