"""A document's octets in any character set: text that is valid, or a place in the octets where it is not."""

from ringback.rcml.charset import NotText, text_of
from tests.fuzz.octets import Octets, piece
from tests.fuzz.target import Target


def _take(octets: bytes) -> None:
    given = Octets(octets)
    charset, document = given.piece().decode("latin-1"), given.rest()
    try:
        text = text_of(document, charset or None)
    except NotText as bad:
        assert 0 <= bad.at <= len(document)
        return
    text.encode("utf-8")
    assert len(text) <= 4 * len(document) + 16


_DOCUMENT = b"<?xml version='1.0' encoding='%s'?><Response/>"

TARGET = Target(
    _take,
    lambda: (
        *(piece(name) + _DOCUMENT % name for name in (b"utf-8", b"iso-8859-15", b"utf-16", b"big5", b"cp037", b"idna")),
        piece(b"") + "\ufeff<Response/>".encode("utf-16-be"),
        piece(b"") + "<Response/>".encode("utf-32"),
    ),
    (b"utf-16", b"utf-7", b"gb18030", b"iso2022_jp", b"hz", b"encoding='", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"),
    600,
)
