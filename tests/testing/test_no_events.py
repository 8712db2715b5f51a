"""A telephone that knows no telephone-events."""

from ringback.testing.no_events import without_events

OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0 101 8\r\n"
    b"a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=rtpmap:8 PCMA/8000\r\n"
)


def test_events_are_taken_out_of_every_line() -> None:
    assert without_events(OFFER) == (
        b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0 8\r\n"
        b"a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    )


def test_a_description_without_events_stays_as_it_is() -> None:
    plain = without_events(OFFER)
    assert without_events(plain) == plain
