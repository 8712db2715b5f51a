"""A session description: read and printed it is the same; an offer is answered with one that fits, or refused."""

from ringback.kernel.errors import Refusal
from ringback.media.negotiation import (
    Agreement,
    LocalSide,
    NotAcceptable,
    accept_answer,
    answer_offer,
    make_offer,
    peer_of,
)
from ringback.media.sdp import BadSdp, SessionDescription
from tests.fuzz.target import Target
from tests.sip.wire import OFFER

_RICH = (
    b"v=0\r\no=a 1 2 IN IP6 ::1\r\ns= \r\nc=IN IP4 192.0.2.1/127\r\nt=0 0\r\na=sendonly\r\n"
    b"m=video 0 RTP/AVP 31\r\nm=audio 49170/2 RTP/AVP 8 0 13 101 96\r\nc=IN IP4 192.0.2.2\r\na=rtpmap:8 PCMA/8000\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtpmap:96 opus/48000/2\r\na=ptime:30\r\n"
    b"a=maxptime:10\r\na=rtcp:53020 IN IP4 192.0.2.3\r\na=rtcp-mux\r\n"
)


def _take(octets: bytes) -> None:
    try:
        description = SessionDescription.parse(octets)
    except BadSdp as bad:
        assert bad.message
        return
    assert SessionDescription.parse(bytes(description)) == description
    for read in (_answered, accept_answer, peer_of):
        try:
            found = read(octets)
        except (BadSdp, NotAcceptable) as refusal:
            assert isinstance(refusal, Refusal)
            assert refusal.sip_status in (400, 488)
            continue
        if isinstance(found, Agreement):
            _check(found)


def _answered(offer: bytes) -> Agreement:
    answer, agreement = answer_offer(offer, LocalSide("192.0.2.9", 4000, session=1))
    ours, theirs = SessionDescription.parse(answer), SessionDescription.parse(offer)
    assert [media.kind for media in ours.media] == [media.kind for media in theirs.media]
    assert sum(media.port != 0 for media in ours.media) == 1
    assert len(answer) <= 2 * len(offer) + 1000
    return agreement


def _check(agreement: Agreement) -> None:
    assert 0 < agreement.peer.port <= 65535
    assert 0 < agreement.rtcp.port <= 65535
    assert 0 <= agreement.payload_type <= 127
    assert all(0 <= number <= 127 for number in agreement.meanings)
    assert agreement.ms in (10, 20)


TARGET = Target(
    _take,
    lambda: (OFFER, _RICH, make_offer(LocalSide("192.0.2.9", 4000, session=1)), OFFER.replace(b"\r\n", b"\n")),
    (
        b"m=audio 4000 RTP/AVP 0\r\n",
        b"c=IN IP4 0.0.0.0\r\n",
        b"a=rtpmap:",
        b"a=sendonly\r\n",
        b"a=rtcp:",
        b"/8000",
        b"v=0\r\n",
    ),
)
