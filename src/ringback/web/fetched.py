"""What a customer's server answered."""

import msgspec

Headers = tuple[tuple[str, str], ...]


class Fetched(msgspec.Struct, frozen=True, gc=False):
    """``url``: where it came from in the end; ``ms``: how long it took; ``redirects``: the URLs passed on the way."""

    url: str
    status: int
    headers: Headers
    content_type: str  #: type/subtype in lower case, without parameters; empty when the server did not say
    charset: str | None
    body: bytes  #: decompressed; empty when it went to a file
    ms: int
    redirects: tuple[str, ...] = ()
    size: int = 0  #: of the body, in octets, wherever it went

    def header(self, name: str) -> str | None:
        """The first value of the header ``name``, in any case."""
        return first_of(self.headers, name)


def first_of(headers: Headers, name: str) -> str | None:
    """The first value of the header ``name``, in any case."""
    wanted = name.lower()
    for key, value in headers:
        if key == name or key.lower() == wanted:
            return value
    return None


def media_type(content_type: str) -> tuple[str, str | None]:
    """The type/subtype and the charset of a Content-Type value (RFC 9110 §8.3.1), both in lower case."""
    kind, *parameters = content_type.split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return kind.strip().lower(), value.strip().strip("\"'").lower() or None
    return kind.strip().lower(), None
