"""Lists, parameters, quoted strings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.sip.syntax import (
    Params,
    parse_params,
    print_params,
    quote,
    split_list,
    unquote,
    with_param,
    without_param,
)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a", ["a"]),
        (" a , b,, c ", ["a", "b", "c"]),
        ('"x, y" <sip:a>, <sip:b,c>;d="e,\\"f"', ['"x, y" <sip:a>', '<sip:b,c>;d="e,\\"f"']),
        ("", [""]),
    ],
)
def test_split_list(text: str, pieces: list[str]) -> None:
    assert split_list(text) == pieces


@pytest.mark.parametrize("text", ['"a, b', "<a, b", 'a, "'])
def test_what_is_not_closed(text: str) -> None:
    with pytest.raises(ValueError, match="not closed"):
        split_list(text)


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("", ()),
        (";a;b=1", (("a", None), ("b", "1"))),
        (" ; a = 1 ;; b ", (("a", "1"), ("b", None))),
        (';a="x;y" ; b="\\"" ;c', (("a", "x;y"), ("b", '"'), ("c", None))),
        (";a=", (("a", ""),)),
    ],
)
def test_params(text: str, params: tuple[tuple[str, str | None], ...]) -> None:
    assert parse_params(text) == params


@pytest.mark.parametrize("text", ["a", "a;b", ";=1", ';"a"', ';a="b'])
def test_what_are_no_params(text: str) -> None:
    with pytest.raises(ValueError, match="param"):
        parse_params(text)


def test_changing_params() -> None:
    params = (("a", "1"), ("B", None))
    assert with_param(params, "b", "2") == (("a", "1"), ("B", "2"))
    assert with_param(params, "c", None) == (*params, ("c", None))
    assert without_param(params, "b") == (("a", "1"),)
    assert print_params((("a", "x y"), ("b", "[::1]"))) == ';a="x y";b=[::1]'


@given(st.text())
def test_quoting_is_undone(text: str) -> None:
    assert unquote(quote(text)) == text


names = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=9)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)


@given(st.lists(st.tuples(names, st.none() | texts), max_size=5).map(tuple))
def test_params_that_are_printed_are_read_again(params: Params) -> None:
    assert parse_params(print_params(params)) == params


@given(st.lists(texts.map(quote), min_size=1, max_size=5))
def test_a_list_of_quoted_strings_is_split_into_them(pieces: list[str]) -> None:
    assert split_list(", ".join(pieces)) == pieces
