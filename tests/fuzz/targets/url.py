"""A customer's URL: what is judged is what goes over the wire; a bad one is refused with its code."""

from urllib.parse import urlsplit

from ringback.web.failure import BAD_URL, FetchFailed, without_password
from ringback.web.private import Border
from ringback.web.url import Target as Asked
from ringback.web.url import fault_of, resolve, with_query
from tests.fuzz.target import Target

_ENDS_A_LINE_OR_WORD = set(map(chr, range(33))) | {"\x7f"}
_BORDER = Border(False, ["listed.example", "10.1.0.0/16", "[::1]"])


def _take(octets: bytes) -> None:
    text = octets.decode("utf-8", "replace")
    fault_of(text)
    without_password(text)
    _BORDER.permits(text)
    for url in _urls(text):
        try:
            asked = Asked.parse(url)
        except FetchFailed as failed:
            assert failed.code == BAD_URL
            continue
        wire = f"{asked.authority}{asked.path}"
        assert wire.isascii()
        assert not set(wire) & _ENDS_A_LINE_OR_WORD
        whole = f"{'https' if asked.origin.secure else 'http'}://{wire}"
        assert urlsplit(whole).username is None
        assert (urlsplit(whole).hostname or "").lower() == asked.origin.host.lower()
        again = Asked.parse(whole)
        assert (again.origin, again.authority, again.path, again.login) == (*_wire_of(asked), None)
        assert "\n" not in with_query(url, [("a", text)])


def _wire_of(asked: Asked) -> tuple[object, str, str]:
    return asked.origin, asked.authority, asked.path


def _urls(text: str) -> list[str]:
    try:
        return [text, resolve("http://base.example/a/b?c", text)]
    except FetchFailed as failed:
        assert failed.code == BAD_URL
        return [text]


TARGET = Target(
    _take,
    lambda: (
        b"http://user:pass@example.com:8080/path;x?a=b#c",
        b"https://[::ffff:127.0.0.1]/",
        "http://münchen.example/ä?ö=ü".encode(),
        b"//other.example/x",
        b"../up?q",
        b"10.1.2.3",
        b"::ffff:10.0.0.1",
    ),
    (b"http://", b"https://", b"@", b":", b"//", b"%2e", b"[::1]", b"127.0.0.1", b"#", b"?", b"xn--", "。".encode()),
    300,
)
