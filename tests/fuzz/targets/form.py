"""A form, from a query or a body: its pairs encode to what reads the same, or it is refused with code 20001."""

from urllib.parse import urlencode

from ringback.api.form import MOST_FIELDS, parse_form
from ringback.kernel.errors import BadParameter
from tests.fuzz.target import Target


def _take(octets: bytes) -> None:
    try:
        form = parse_form(octets)
    except BadParameter as bad:
        assert bad.code == 20001
        return
    assert len(form.pairs) <= MOST_FIELDS
    assert parse_form(urlencode(form.pairs).encode()).pairs == form.pairs
    for name, value in form.items():
        assert form.all(name)[0] == value


TARGET = Target(
    _take,
    lambda: (
        b"From=%2B15551234567&To=client%3Aalice&Url=http%3A%2F%2Fexample.com%2F%3Fa%3D1&Method=GET",
        b"a=1&a=2&b=&=c&d",
        "Body=%E2%82%AC+ä&x=%F0%9F%98%80".encode(),
        b"&" * 40,
    ),
    (b"%00", b"%E2%82%AC", b"&", b"=", b"+", b"%ff", b"To=", b"Url="),
    3000,
)
