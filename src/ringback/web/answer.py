"""One answer as it comes: llhttp (through httptools) judges the octets and takes them apart, here they are bounded."""

from functools import lru_cache

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from ringback.web.fetched import Headers

#: most octets of a head: an answer's, those together that come before the answer (1xx), or what trails behind a body
MOST_HEAD = 65_536


class BadAnswer(Exception):
    """What came is not HTTP, or breaks its rules (RFC 9112)."""


class CutShort(ConnectionError):
    """The connection ended before the answer did."""


class Answer:
    """``status`` is 0 until the head is whole; ``complete``: nothing more will come of it."""

    def __init__(self) -> None:
        self.status = 0
        self.complete = False
        self.keeps = False  #: the connection may be used again
        self._named: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes] = []
        self.held = 0  #: octets of the body that have come and were not taken
        self._barren = 0  #: octets that came without any of the body
        self._brings_body = False
        self._measured = False  #: the head is whole, and not too large
        self._parser: HttpResponseParser | None = HttpResponseParser(self)

    @property
    def headers(self) -> Headers:
        """Names and values in their order."""
        return tuple([(_name(name), _text(value)) for name, value in self._named])

    def take(self) -> bytes:
        """What has come of the body since the last time."""
        pieces, self._pieces, self.held = self._pieces, [], 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def feed(self, octets: bytes) -> None:
        """Octets of the connection. Raises `BadAnswer`."""
        parser = self._parser
        if parser is None:
            raise BadAnswer("sends more than the whole answer")
        try:
            parser.feed_data(octets)
        except HttpParserUpgrade:
            raise BadAnswer("switches protocols, which nobody asked for") from None
        except HttpParserError as error:
            raise BadAnswer("sends more than the whole answer" if self.complete else str(error)) from error
        self._bound(len(octets))

    def _bound(self, came: int) -> None:
        """``came``: octets. What is neither body nor the end must be short: a head, a trailer. Raises `BadAnswer`."""
        if self._brings_body or self.complete:
            self._barren, self._brings_body = 0, False
        else:
            self._barren += came
        longest = self._barren
        if self.status and not self._measured:
            self._measured = True
            longest = max(longest, self._size_of_head() if came > MOST_HEAD else 0)
        if longest > MOST_HEAD:
            raise BadAnswer(f"sends a head of more than {MOST_HEAD} octets")

    def _size_of_head(self) -> int:
        return sum([len(name) + len(value) + 4 for name, value in self._named])

    def end(self) -> None:
        """The connection ended: so does a body of no told length. Raises `CutShort` for all others (RFC 9112 §6.3)."""
        self._parser = None
        if self.complete:
            return
        if not self.status or any(name.lower() in _LENGTHS for name, _ in self._named):
            raise CutShort
        self.complete = True

    # ---- what llhttp calls

    def on_message_begin(self) -> None:
        if self.complete:
            raise BadAnswer

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.status:  # trailers are let go
            self._named.append((name, value))

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        status = self._parser.get_status_code()
        if status < 200:
            self._named.clear()
        else:
            self.status = status

    def on_body(self, octets: bytes) -> None:
        self._pieces.append(octets)
        self.held += len(octets)
        self._brings_body = True

    def on_message_complete(self) -> None:
        if self.status:
            assert self._parser is not None
            self.keeps = self._parser.should_keep_alive()
            self.complete = True
            self._parser = None  # it knows us, and we knew it: a circle


#: headers that tell how long a body is
_LENGTHS = (b"content-length", b"transfer-encoding")


@lru_cache(maxsize=256)
def _name(octets: bytes) -> str:
    return octets.decode("latin-1")


def _text(octets: bytes) -> str:
    """UTF-8 where it is, else Latin-1."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")
