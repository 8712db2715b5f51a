"""Numbers as they are stored, shown and found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.numbers.number import e164, friendly, spellings


@pytest.mark.parametrize(
    ("text", "country", "stored"),
    [
        ("+14155551234", "US", "+14155551234"),
        ("4155551234", "US", "+14155551234"),
        ("(415) 555-1234", "US", "+14155551234"),
        ("030 1234567", "DE", "+49301234567"),
        ("1234", "US", "+1234"),  # the specification's own sample
        ("+1234", "US", "+1234"),
        ("0123", "US", "+0123"),
        ("+0123", "IT", "+0123"),
        ("(0)12", "GB", "+012"),
        ("378800000", "US", "+3780549800000"),  # too short for one of this country, with a + one of San Marino
        ("+378800000", "US", "+3780549800000"),
        ("alice", "US", None),
        ("", "US", None),
    ],
)
def test_a_number_is_stored_as_e164(text: str, country: str, stored: str | None) -> None:
    assert e164(text, country) == stored


@given(st.text("0123456789+*#() -", max_size=20), st.sampled_from(["US", "GB", "IT", "FR", "DE", "RU"]))
def test_what_is_stored_is_stored_alike_again(text: str, country: str) -> None:
    stored = e164(text, country)
    assert stored is None or e164(stored, country) == stored


@pytest.mark.parametrize(
    ("text", "shown"), [("1234", "234"), ("+14155551234", "(415) 555-1234"), ("4155551234", "(415) 555-1234")]
)
def test_a_number_is_shown_as_people_write_it(text: str, shown: str) -> None:
    """Table 4.10, FriendlyName, and its sample."""
    assert friendly(text, "US") == shown


@pytest.mark.parametrize(
    ("dialled", "found"),
    [
        ("1234", ["1234", "+1234"]),
        ("+1234", ["+1234", "1234"]),
        ("4155551234", ["4155551234", "+14155551234", "+4155551234"]),
        ("*98#", ["*98#", "+*98#"]),
    ],
)
def test_a_dialled_number_is_looked_for_under_its_spellings(dialled: str, found: list[str]) -> None:
    assert spellings(dialled, "US") == found
