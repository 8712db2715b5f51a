"""URLs: how references resolve (RFC 3986 §5.4), and what the query becomes."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.web.fetcher import FetchFailed
from ringback.web.url import Target, fault_of, form_encoded, resolve, with_query

BASE = "http://a/b/c/d;p?q"


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q#s"),
        (";x", "http://a/b/c/;x"),
        ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../../g", "http://a/g"),
        ("../../../g", "http://a/g"),
        ("https://h/x?y#z", "https://h/x?y#z"),
    ],
)
def test_references_resolve(reference: str, url: str) -> None:
    assert resolve(BASE, reference) == url


@pytest.mark.parametrize(
    "reference", ["a b", "{x}", "a\tb", "x\u0000", "a|b", "%", "%4", "a\\b", "http://[", "x" * 9000]
)
def test_what_no_url_holds(reference: str) -> None:
    """Facts §2: a URL that cannot be parsed (spaces, `{` …) is an error 11100."""
    assert fault_of(reference)
    with pytest.raises(FetchFailed) as caught:
        resolve(BASE, reference)
    assert caught.value.code == 11100


def test_a_host_needs_its_own_brackets() -> None:
    """Not those of a password, which is not told either. Which part of us says so depends on the Python."""
    with pytest.raises(FetchFailed, match=r"^http://u:…@\[:x/ (names no host that can exist|is no URL): ") as caught:
        Target.parse("http://u:[::1]@[:x/")
    assert caught.value.code == 11100


@pytest.mark.parametrize(
    ("url", "result"),
    [
        ("http://h/a", "http://h/a?x=1"),
        ("http://h/a?", "http://h/a?x=1"),
        ("http://h/a?b=c", "http://h/a?b=c&x=1"),
        ("http://h/a?b&", "http://h/a?b&x=1"),
        ("http://h#f", "http://h?x=1#f"),
    ],
)
def test_parameters_come_after_the_query(url: str, result: str) -> None:
    assert with_query(url, [("x", "1")]) == result
    assert with_query(url, []) == url


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.tuples(TEXTS, TEXTS)))
def test_a_form_is_encoded_as_everybody_does(form: list[tuple[str, str]]) -> None:
    assert form_encoded(form) == urlencode(form)
