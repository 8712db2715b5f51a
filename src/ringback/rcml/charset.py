"""A document's octets as text: byte order mark, charset parameter, XML declaration, UTF-8, in that order."""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"\A\s*<\?xml[^>]{0,100}?\bencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
#: codecs of Python that are no character sets of documents
_ODD = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-7"}


class NotText(Exception):
    """The octets are not in the character set that they should be in, from the octet ``at`` on."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


def text_of(octets: bytes, charset: str | None) -> str:
    """The text of ``octets``; ``charset``: the parameter of the Content-Type. Raises `NotText`."""
    name = _name(octets, charset)
    try:
        text = octets.decode(name)
        text.encode("utf-8")  # refuses lone surrogates
    except UnicodeDecodeError as error:
        raise NotText(f"the document is not in {name}: {error.reason}", error.start) from error
    except UnicodeError as error:
        raise NotText(f"the document is not in {name}", 0) from error
    return text


def _name(octets: bytes, charset: str | None) -> str:
    for mark, name in _MARKS:
        if octets.startswith(mark):
            return name
    declared = _DECLARED.match(octets)
    candidates = (charset, declared[1].decode("ascii") if declared else None)
    return next((name for name in candidates if name and _is_known(name)), "utf-8")


def _is_known(name: str) -> bool:
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return False
    return codec._is_text_encoding and codec.name not in _ODD
