"""The parser: any octets are a tree or a fault with its place."""

import gc
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ringback.rcml.document import MOST_DEPTH, MOST_ELEMENTS, BadDocument, Element, Place, parse


def shown(element: Element) -> object:
    """As nested tuples."""
    return element.name, element.attributes, element.text, [shown(child) for child in element.children]


def fault(octets: bytes, charset: str | None = None) -> BadDocument:
    with pytest.raises(BadDocument) as caught:
        parse(octets, charset)
    assert caught.value.code == 12100
    return caught.value


def outcome_of(octets: bytes, charset: str | None = None) -> Element | BadDocument:
    try:
        return parse(octets, charset)
    except BadDocument as bad:
        return bad


def test_a_document_is_a_tree() -> None:
    root = parse(b'<?xml version="1.0"?>\n<Response><Say loop=" 2 ">Hello</Say><Hangup/></Response>')
    assert shown(root) == ("Response", {}, "", [("Say", {"loop": "2"}, "Hello", []), ("Hangup", {}, "", [])])


def test_everything_knows_its_place() -> None:
    root = parse(b"\r\n  <Response>\r\n\t<Say>x</Say><Play/>\r\n</Response>")
    assert [root.place] + [child.place for child in root.children] == [Place(2, 3), Place(3, 2), Place(3, 14)]


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("http://h/x?a=1&b=2", "http://h/x?a=1&b=2"),
        ("a & b && c &", "a & b && c &"),
        ("a &amp; b &lt; &#65; &#x42;", "a & b < A B"),
        ("AT&T; no", None),
        ("&b=2;", "&b=2;"),
        ("<![CDATA[a & b &amp; <c>]]>", "a & b &amp; <c>"),
        ("<!-- a & b -->c&d", "c&d"),
        ("a<!-- c -->b", "ab"),
        ("a<?pi x?>b", "ab"),
        ("a<![CDATA[b]]>c", "abc"),
        ("  a\n b  ", "a\n b"),
        ("a<x/>b", "ab"),
        ("\ue000 & \ue001", "\ue000 & \ue001"),
    ],
)
def test_text(inside: str, text: str | None) -> None:
    """Facts §1.1: an `&` that begins no entity is one; text is trimmed, CDATA merged, pieces around comments joined."""
    document = f"<Say>{inside}</Say>".encode()
    if text is None:
        fault(document)
    else:
        assert parse(document).text == text


def test_an_ampersand_moves_no_column() -> None:
    root = parse(b'<R><Play x="a&b">a&b&c</Play><Say/></R>')
    assert root.children[0].attributes == {"x": "a&b"}
    assert root.children[1].place == Place(1, 30)


def test_prefixes_are_ignored() -> None:
    """Facts §1.1: local names are used, for elements and attributes."""
    root = parse(b'<r:Response xmlns:r="u" xmlns="v" xml:lang="de"><r:Say r:loop="2">x</r:Say></r:Response>')
    assert shown(root) == ("Response", {}, "", [("Say", {"loop": "2"}, "x", [])])


@pytest.mark.parametrize(
    ("octets", "charset"),
    [
        ("<Say>Zoë</Say>".encode(), None),
        ("<Say>Zoë</Say>".encode(), "utf-8"),
        ("<Say>Zoë</Say>".encode(), "no-such-charset"),
        ("<Say>Zoë</Say>".encode("utf-8-sig"), None),
        ("<Say>Zoë</Say>".encode("utf-8-sig"), "iso-8859-1"),
        ("<Say>Zoë</Say>".encode("latin-1"), "iso-8859-1"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><Say>Zoë</Say>'.encode("latin-1"), None),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><Say>Zoë</Say>'.encode(), "utf-8"),
        ('<?xml version="1.0" encoding="nonsense"?><Say>Zoë</Say>'.encode(), None),
        ('<?xml version="1.0" encoding="windows-1252"?><Say>Zoë</Say>'.encode("cp1252"), None),
        ('<?xml version="1.0" encoding="UTF-16"?><Say>Zoë</Say>'.encode("utf-16"), None),
        ("<Say>Zoë</Say>".encode("utf-16"), None),
        ("<Say>Zoë</Say>".encode("utf-32"), None),
        ("<Say>Zoë</Say>".encode("utf-16-be"), "utf-16be"),
    ],
)
def test_character_sets(octets: bytes, charset: str | None) -> None:
    """Facts §1.2: "[R] charset parameter, then XML declaration, then UTF-8"; a byte order mark before all."""
    assert parse(octets, charset).text == "Zoë"


@pytest.mark.parametrize(
    ("document", "words", "place"),
    [
        ("", "empty", Place(1, 1)),
        (" \n ", "empty", Place(1, 1)),
        ("hello", "not well-formed", Place(1, 1)),
        ("<a>", "no element found; <a> of line 1 is open", Place(1, 4)),
        ("<a>\n <b>\n</a>", "mismatched tag; <b> of line 2 is open", Place(3, 3)),
        ("<a/>\n<b/>", "junk after document element", Place(2, 1)),
        ('<a x="1" x="2"/>', "duplicate attribute", Place(1, 10)),
        ("<a x=1/>", "not well-formed", Place(1, 6)),
        ("<a>&nbsp;</a>", "undefined entity", Place(1, 4)),
        ("<a>\x00</a>", "not well-formed", Place(1, 4)),
        ("<a>&#0;</a>", "invalid character", Place(1, 4)),
        ("<a><![CDATA[x</a>", "unclosed CDATA", Place(1, 4)),
        ("<a><!-- x -- y --></a>", "not well-formed", Place(1, 13)),
        ("\n\n<a>\n<b x='<'/></a>", "not well-formed", Place(4, 7)),
    ],
)
def test_what_is_not_well_formed(document: str, words: str, place: Place) -> None:
    found = fault(document.encode())
    assert words in found.message
    assert found.place.line == place.line
    assert abs(found.place.column - place.column) <= 1 or "CDATA" in words  # versions of expat differ


@pytest.mark.parametrize(
    "document",
    [
        "<!DOCTYPE Response><Response/>",
        '<!DOCTYPE R [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><R>&b;</R>',
        '<!DOCTYPE R [<!ENTITY x SYSTEM "file:///etc/passwd">]><R>&x;</R>',
        '<!DOCTYPE R SYSTEM "http://127.0.0.1:1/x.dtd"><R/>',
        '<!DOCTYPE R [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]><R/>',
    ],
)
def test_document_types_and_entities_are_refused(document: str) -> None:
    assert "document type declaration is not allowed" in fault(document.encode()).message


def test_depth_and_number_are_bounded() -> None:
    assert parse(b"<a>" * MOST_DEPTH + b"</a>" * MOST_DEPTH)
    assert "deep" in fault(b"<a>" * 200_000).message
    assert parse(b"<r>" + b"<a/>" * (MOST_ELEMENTS - 1) + b"</r>")
    assert f"more than {MOST_ELEMENTS}" in fault(b"<r>" + b"<a/>" * MOST_ELEMENTS + b"</r>").message


@pytest.mark.parametrize(
    ("octets", "charset", "place"),
    [
        (b"<a>\n<b>\xff</b></a>", None, Place(2, 4)),
        (b"<a>\xe9</a>", "us-ascii", Place(1, 4)),
        (b"\xff\xfe<\x00a\x00>", None, Place(1, 1)),
        (b"<a/>", "utf-16", Place(1, 1)),
        (b"<a/>", "idna", None),
        (b"<a/>", "punycode", None),
        (b"<a/>", "unicode_escape", None),
        (b"<a/>", "base64", None),
        (b"<a/>", "a\x00b", None),
        (b"+2AA-", "utf-7", Place(1, 1)),
    ],
)
def test_octets_that_are_not_in_their_character_set(octets: bytes, charset: str | None, place: Place | None) -> None:
    if place is None:  # no character set that documents come in: as if it had not been named
        assert parse(octets, charset).name == "a"
    else:
        assert fault(octets, charset).place.line == place.line


@pytest.mark.parametrize(
    "document",
    [
        "<![CDATA[" * 50_000,
        "<a>" + "<![CDATA[" * 50_000,
        "<!--" * 100_000,
        "<a>" + "&" * 500_000 + "</a>",
        "<a " + "x" * 500_000,
        "<a>" + "&a" * 250_000 + "</a>",
        "<a " + " ".join(f'x{number}=""' for number in range(50_000)) + "/>",
        "".join(map(chr, range(0xE000, 0xF900))) + "&",
    ],
)
@pytest.mark.timeout(5)
def test_nothing_takes_long(document: str) -> None:
    assert outcome_of(document.encode())


_FRAGMENTS = [
    "<a>", "</a>", "<a/>", "<Say>", "</Say>", "<!--", "-->", "<![CDATA[", "]]>", "&", "&amp;", "&x;", "<?xml", "?>",
    '<?xml version="1.0" encoding="', "utf-16", "latin-1", '"', "'", "=", " x='1'", "<!DOCTYPE", "\x00", "\ud7ff", "]",
    "\ufeff", "é", "\U0001f600", "\r\n", " ", "text", ">", "<",
]  # fmt: skip


@given(
    st.binary(max_size=300), st.one_of(st.none(), st.text(max_size=20), st.sampled_from(["utf-16", "latin-1", "rot13"]))
)
@example(b"\x2b\x2f\x76", "utf-7")
@example(b"\xef\xbb\xbf", None)
def test_any_octets_are_a_document_or_a_fault(octets: bytes, charset: str | None) -> None:
    outcome = outcome_of(octets, charset)
    assert isinstance(outcome, Element) or (outcome.place.line >= 1 and outcome.place.column >= 1)


_names = st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=8)
_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20).map(
    str.strip
)
_trees = st.recursive(
    st.builds(Element, _names, st.dictionaries(_names, _texts, max_size=3), st.just(Place()), st.just([]), _texts),
    lambda inner: st.builds(
        Element,
        _names,
        st.dictionaries(_names, _texts, max_size=3),
        st.just(Place()),
        st.lists(inner, max_size=3),
        _texts,
    ),
    max_leaves=10,
)


def printed(element: Element) -> str:
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in element.attributes.items() if name != "xmlns")
    return (
        f"<{element.name}{attributes}>{escape(element.text)}{''.join(map(printed, element.children))}</{element.name}>"
    )


@given(_trees)
def test_a_tree_that_is_printed_is_read_again(tree: Element) -> None:
    assert shown(parse(printed(tree).encode())) == shown(tree)


@given(st.lists(st.sampled_from(_FRAGMENTS), max_size=30).map("".join))
def test_any_mixture_of_markup_is_a_document_or_a_fault(document: str) -> None:
    outcome = outcome_of(document.encode())
    assert isinstance(outcome, Element) or outcome.message


def test_parsing_leaves_nothing_to_collect() -> None:
    gc.collect()
    gc.disable()
    try:
        parse(b"<Response><Say>Hello</Say></Response>")
        with pytest.raises(BadDocument):
            parse(b"<Response><Say>Hello</Response>")
        assert gc.collect() == 0
    finally:
        gc.enable()
