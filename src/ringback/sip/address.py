"""Addresses with a display name and parameters: From, To, Contact, Route … (RFC 3261 §20.10)."""

import re
from functools import lru_cache

import msgspec

from ringback.sip.syntax import TOKEN, Params, get_param, parse_params, print_params, quote, unquote, with_param
from ringback.sip.uri import BadUri, Uri

_QUOTED = re.compile(r'\s*"(?:[^"\\]|\\.)*"\s*(?=<)', re.DOTALL)


class NameAddress(msgspec.Struct, frozen=True, gc=False):
    """``"Alice" <sip:alice@example.com>;tag=1``; ``params`` are those of the header, not of the URI."""

    display: str
    uri: Uri
    params: Params = ()

    @classmethod
    def parse(cls, text: str) -> "NameAddress":
        """The address that ``text`` is. Raises `BadUri`."""
        if len(text) > _MOST_REMEMBERED:
            return cls._parse(text)
        name, closed, params = text.partition(">")
        if closed and params and '"' not in text:  # most often a tag, which is new each time
            known = _parse_again(name + closed)
            return cls(known.display, known.uri, _tail(params, text))
        return _parse_again(text)

    @classmethod
    def _parse(cls, text: str) -> "NameAddress":
        try:
            start = _QUOTED.match(text)
            if start is None:
                words, bracket, rest = text.partition("<")
                if not bracket:
                    return _parse_bare(text)
                display = words.strip()
            else:
                display = unquote(start.group().strip())
                rest = text[start.end() + 1 :]
            uri, closed, params = rest.partition(">")
            if not closed or ('"' in display and start is None):
                raise ValueError("no <URI>")
            return cls(display, Uri.parse(uri.strip()), parse_params(params) if params else ())
        except BadUri:
            raise
        except ValueError as error:
            raise BadUri(f"not an address: {text[:100]!r} ({error})") from None

    def __str__(self) -> str:
        if not self.display:
            name = ""
        elif all(TOKEN.match(word) for word in self.display.split(" ")):
            name = self.display + " "
        else:
            name = quote(self.display) + " "
        return f"{name}<{self.uri}>{print_params(self.params)}"

    def param(self, name: str) -> str | None:
        """The value of the header parameter ``name`` (lower case); "" when it has none, None when it is absent."""
        return get_param(self.params, name) if self.params else None

    @property
    def tag(self) -> str:
        """The tag of a From or To; "" when there is none."""
        return self.param("tag") or ""

    def with_tag(self, tag: str) -> "NameAddress":
        """The same address with this tag."""
        return msgspec.structs.replace(self, params=with_param(self.params, "tag", tag))


#: longer addresses are not remembered, so that nobody can fill the memory with them
_MOST_REMEMBERED = 200
#: From and To are the same in every message of a dialog
_parse_again = lru_cache(maxsize=4096)(NameAddress._parse)


def _tail(params: str, text: str) -> Params:
    """The parameters after the brackets of ``text``. Raises `BadUri`."""
    try:
        return parse_params(params)
    except ValueError as error:
        raise BadUri(f"not an address: {text[:100]!r} ({error})") from None


def _parse_bare(text: str) -> NameAddress:
    """Without brackets, every parameter belongs to the header, and there may be no comma or question mark (§20)."""
    uri, semicolon, params = text.partition(";")
    uri = uri.strip()
    if re.search(r"[?,\s<>\"]", uri):
        raise BadUri(f"not an address: {text[:100]!r}")
    return NameAddress("", Uri.parse(uri), parse_params(semicolon + params) if semicolon else ())
