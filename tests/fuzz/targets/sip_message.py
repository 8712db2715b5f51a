"""A SIP message: what is read prints as what reads the same, and each header is understood or refused with 400."""

from ringback.sip.message import BadMessage, Message, Request, parse_message
from tests.fuzz.target import Target
from tests.sip.test_message import INVITE
from tests.sip.test_refusals import message
from tests.sip.torture_messages import MESSAGES
from tests.sip.wire import OFFER

_CODES = (400, 413, 505, 513)
_TYPED = (
    *("vias", "via", "from_", "to", "call_id", "cseq", "contacts", "contact_star", "routes", "record_routes", "path"),
    *("expires", "min_expires", "max_forwards", "require", "supported", "authorization", "challenges"),
    *("content_type", "sdp", "user_agent"),
)


def _take(octets: bytes) -> None:
    try:
        read = parse_message(octets)
    except BadMessage as bad:
        assert bad.code in _CODES
        assert bad.why
        return
    _check_same(read, parse_message(read.serialize()))
    understood = {name: _understand(read, name) for name in (*_TYPED, *(["uri"] if isinstance(read, Request) else []))}
    if isinstance(read, Request) and understood["via"] and understood["to"]:
        read.stamp("192.0.2.1", 5060)
        parse_message(read.response(200, to_tag="t").serialize())


def _check_same(read: Message, again: Message) -> None:
    assert again.first_line == read.first_line
    assert again.body == read.body
    assert _lines(again) == _lines(read)


def _lines(read: Message) -> list[tuple[str, str]]:
    return [(name, value) for name, value in read.headers if name != "Content-Length"]


def _understand(read: Message, name: str) -> object:
    try:
        value = getattr(read, name)
    except BadMessage as bad:
        assert bad.code == 400
        return None
    assert getattr(read, name) is value
    return value


TARGET = Target(
    _take,
    lambda: (*MESSAGES.values(), INVITE, message(body=OFFER, Content_Type="application/sdp")),
    (b"Via: SIP/2.0/UDP ", b"\r\n\r\n", b"\r\n ", b"\n", b"Content-Length: ", b"l: 0", b"CSeq: 1 INVITE", b"SIP/2.0"),
    8192,
)
