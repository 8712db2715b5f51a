"""What somebody dials: E.164 that stays the same when it is read again, or no number."""

from ringback.numbers.number import e164, friendly, spellings
from tests.fuzz.octets import Octets
from tests.fuzz.target import Target

_COUNTRIES = ("US", "DE", "GB", "IT", "BR", "SG", "XX", "")


def _take(octets: bytes) -> None:
    given = Octets(octets)
    country = _COUNTRIES[given.number() % len(_COUNTRIES)]
    text = given.rest().decode("utf-8", "replace")
    number = e164(text, country)
    if number is not None:
        assert number[0] == "+"
        assert number[1:].isdecimal()
        assert number.isascii()
        assert len(number) <= len(text) + 5
    names = spellings(text, country)
    assert len(names) == len(set(names)) <= 3
    assert all(names)
    friendly(text, country)


TARGET = Target(
    _take,
    lambda: (
        b"\x00(415) 555-1234",
        b"\x01+49 30 901820",
        b"\x021234",
        b"\x03*21*0301234#",
        "\x00+١٢٣٤٥٦٧٨".encode(),
        b"\x06x",
    ),
    (b"+1", b"00", b"011", b"*", b"#", b";ext=", b"tel:", b"(0)"),
    100,
)
