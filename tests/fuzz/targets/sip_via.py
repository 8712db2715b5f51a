"""A Via: read and printed it is the same, and the way back that it tells is an address."""

from ringback.sip.via import Via
from tests.fuzz.target import Target
from tests.fuzz.text import text_of


def _take(octets: bytes) -> None:
    try:
        via = Via.parse(text_of(octets))
    except ValueError:
        return
    assert Via.parse(str(via)) == via, str(via)
    seen = via.seen_from("192.0.2.7", 40000)
    assert Via.parse(str(seen)) == seen
    for one in (via, seen):
        host, port = one.reply_to
        assert host
        assert 0 <= port <= 65535
    if via.param("rport") is not None:
        assert seen.reply_to == ("192.0.2.7", 40000)


TARGET = Target(
    _take,
    lambda: (
        b"SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport",
        b"SIP / 2.0 / TLS [2001:db8::9]:5061 ; received=192.0.2.1;branch=z9hG4bK-2",
        b"SIP/2.0/UDP host.example.com;rport=99;ttl=16;maddr=224.2.0.1",
        b'SIP/2.0/TCP h;x="y;z"',
    ),
    (b"SIP/2.0/", b";rport", b";received=", b"[::1]", b":65535", b";branch=z9hG4bK"),
    300,
)
