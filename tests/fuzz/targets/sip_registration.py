"""A REGISTER of any headers: what is stored keeps the limits, and a refusal changes nothing."""

from datetime import UTC, datetime

from ringback.sip.message import BadMessage, Request, parse_message
from ringback.sip.registration import Binding, Limits, Registered, bind
from tests.fuzz.target import Target
from tests.sip.test_refusals import message

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_LIMITS = Limits()


def _take(octets: bytes) -> None:
    try:
        request = parse_message(b"REGISTER sip:ringback SIP/2.0\r\nTo: <sip:alice@ringback>\r\n" + octets)
    except BadMessage:
        return
    assert isinstance(request, Request)
    first = _bind(request, ())
    if first.status == 200:
        _bind(request, first.upserts)


def _bind(request: Request, existing: tuple[Binding, ...]) -> Registered:
    answer = bind(request, "udp:192.0.2.1:5060", existing, _LIMITS, _NOW)
    assert 200 <= answer.status <= 699
    if answer.status != 200:
        assert not answer.upserts
        assert not answer.deletions
    assert len(answer.upserts) <= _LIMITS.max_contacts
    for binding in answer.upserts:
        assert _LIMITS.min_expires <= (binding.expires_at - _NOW).total_seconds() <= _LIMITS.max_expires
        assert 0 <= binding.q <= 1
    parse_message(request.response(answer.status, answer.reason, answer.headers).serialize())
    return answer


TARGET = Target(
    _take,
    lambda: (
        message("REGISTER", Contact="<sip:a@10.0.0.1>;q=0.5;expires=60, <sip:b@10.0.0.2>").partition(b"\r\n")[2],
        message("REGISTER", Contact="*", Expires="0").partition(b"\r\n")[2],
        message("REGISTER", Contact='<sip:a@10.0.0.1>;+sip.instance="<urn:uuid:1>"', Path="<sip:p;lr>").partition(
            b"\r\n"
        )[2],
        b"Contact: <sip:a@b>;expires=1\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n\r\n",
        b"Contact: <sip:a@b>;q=nan;expires=x\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n\r\n",
    ),
    (b"Contact: ", b";expires=", b";q=", b"Expires: ", b"Path: ", b"+sip.instance=", b"\r\n"),
    1500,
)
