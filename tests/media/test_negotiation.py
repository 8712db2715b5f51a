"""Offers and answers (RFC 3264)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.kernel.errors import Refusal
from ringback.media.negotiation import (
    Address,
    Agreement,
    LocalSide,
    NotAcceptable,
    accept_answer,
    answer_offer,
    make_offer,
    peer_of,
)
from ringback.media.sdp import BadSdp, SessionDescription


def local() -> LocalSide:
    return LocalSide("192.0.2.9", 20_000)


def sdp(*media: str, c: str = "IN IP4 192.0.2.1") -> bytes:
    return "\r\n".join(["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", f"c={c}", "t=0 0", *media, ""]).encode()


def answered(*media: str, c: str = "IN IP4 192.0.2.1") -> tuple[SessionDescription, Agreement]:
    answer, agreement = answer_offer(sdp(*media, c=c), local())
    return SessionDescription.parse(answer), agreement


def test_our_offer_names_what_we_can_do() -> None:
    offered = SessionDescription.parse(make_offer(local()))
    (audio,) = offered.media
    assert audio.formats == ("0", "8", "101")
    assert audio.port == 20_000
    assert offered.address(audio) == "192.0.2.9"
    assert audio.attribute("fmtp") == "101 0-16"
    assert audio.attribute("ptime") == "20"
    assert audio.attribute("rtcp-mux") == ""
    assert offered.direction(audio) == "sendrecv"


def test_the_first_common_codec_of_the_offerer_is_taken() -> None:
    answer, agreement = answered("m=audio 4000 RTP/AVP 18 9 8 0 96", "a=rtpmap:96 telephone-event/8000")
    assert agreement.codec == "PCMA"
    assert agreement.payload_type == 8
    assert agreement.event == 96
    assert agreement.peer == Address("192.0.2.1", 4000)
    assert agreement.rtcp == Address("192.0.2.1", 4001)
    assert answer.media[0].formats == ("8", "96")


def test_a_codec_may_have_a_dynamic_payload_type_and_any_spelling() -> None:
    _, agreement = answered(
        "m=audio 4000 RTP/AVP 97 98 99 100",
        "a=rtpmap:97 opus/48000/2",
        "a=rtpmap:98 pcmu/16000",
        "a=rtpmap:99 pcmu/8000/1",
        "a=rtpmap:100 TELEPHONE-EVENT/8000",
    )
    assert (agreement.codec, agreement.payload_type, agreement.event) == ("PCMU", 99, 100)
    assert agreement.meanings == {99: "PCMU", 100: "telephone-event", 13: "CN"}


def test_a_telephone_event_of_another_clock_rate_is_not_taken() -> None:
    _, agreement = answered("m=audio 4000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/48000")
    assert agreement.event is None


def test_no_telephone_event_is_answered_with_none() -> None:
    answer, agreement = answered("m=audio 4000 RTP/AVP 0")
    assert agreement.event is None
    assert answer.media[0].formats == ("0",)


def test_every_other_section_is_rejected_in_its_place() -> None:
    answer, agreement = answered(
        "m=video 5000 RTP/AVP 99",
        "m=audio 4000 RTP/SAVP 0",
        "m=audio 0 RTP/AVP 0",
        "m=audio 4004 RTP/AVP 8",
        "m=audio 4006 RTP/AVP 0",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    )
    assert agreement.peer.port == 4004
    assert [(media.kind, media.port) for media in answer.media] == [
        ("video", 0),
        ("audio", 0),
        ("audio", 0),
        ("audio", 20_000),
        ("audio", 0),
        ("application", 0),
    ]
    assert answer.media[5].protocol == "UDP/DTLS/SCTP"


@pytest.mark.parametrize(
    ("theirs", "ours", "sends", "receives"),
    [
        ("sendrecv", "sendrecv", True, True),
        ("sendonly", "recvonly", False, True),
        ("recvonly", "sendonly", True, False),
        ("inactive", "inactive", False, False),
    ],
)
def test_hold(theirs: str, ours: str, sends: bool, receives: bool) -> None:
    """RFC 3264 §6.1: the answer's direction mirrors the offer's."""
    for offer in (
        ("m=audio 4000 RTP/AVP 0", f"a={theirs}"),
        (f"a={theirs}", "m=audio 4000 RTP/AVP 0"),
    ):
        answer, agreement = answered(*offer)
        assert answer.direction(answer.media[0]) == ours
        assert (agreement.sends, agreement.receives) == (sends, receives)


def test_the_old_way_to_hold() -> None:
    """RFC 3264 §8.4: c=0.0.0.0."""
    answer, agreement = answered("m=audio 4000 RTP/AVP 0", c="IN IP4 0.0.0.0")
    assert not agreement.sends
    assert answer.direction(answer.media[0]) == "recvonly"


def test_addresses_of_the_section_win_and_ipv6_works() -> None:
    _, agreement = answered("m=audio 4000 RTP/AVP 0", "c=IN IP6 2001:db8:0::1")
    assert agreement.peer == Address("2001:db8::1", 4000)
    assert str(agreement.peer) == "[2001:db8::1]:4000"


@pytest.mark.parametrize(
    ("line", "rtcp", "mux"),
    [
        ("a=rtcp:5555", Address("192.0.2.1", 5555), False),
        ("a=rtcp:5555 IN IP4 192.0.2.7", Address("192.0.2.7", 5555), False),
        ("a=rtcp:5555 IN IP4 nonsense", Address("192.0.2.1", 5555), False),
        ("a=rtcp:x", Address("192.0.2.1", 4001), False),
        ("a=rtcp-mux", Address("192.0.2.1", 4000), True),
    ],
)
def test_where_rtcp_goes(line: str, rtcp: Address, mux: bool) -> None:
    answer, agreement = answered("m=audio 4000 RTP/AVP 0", line)
    assert (agreement.rtcp, agreement.mux) == (rtcp, mux)
    assert (answer.media[0].attribute("rtcp-mux") is not None) == mux


@pytest.mark.parametrize(
    ("line", "ms"), [("a=maxptime:10", 10), ("a=maxptime:60", 20), ("a=ptime:30", 20), ("a=maxptime:x", 20)]
)
def test_packets_are_never_longer_than_the_peer_takes(line: str, ms: int) -> None:
    answer, agreement = answered("m=audio 4000 RTP/AVP 0", line)
    assert agreement.ms == ms
    assert answer.media[0].attribute("ptime") == str(ms)


@pytest.mark.parametrize(
    ("offer", "says"),
    [
        (sdp("m=audio 4000 RTP/AVP 18"), "none of the codecs"),
        (sdp("m=audio 4000 RTP/SAVPF 0"), "RTP/SAVPF is not supported"),
        (sdp("m=audio 4000 RTP/SAVP 0"), "RTP/SAVP is not supported"),
        (sdp("m=video 4000 RTP/AVP 99"), "video is not supported"),
        (sdp("m=audio 0 RTP/AVP 0"), "audio is rejected"),
        (sdp(), "no media"),
        (sdp("m=audio 4000 RTP/AVP 0", c="IN IP4 phone.example.com"), "not an IP address"),
        (sdp("m=audio 4000 RTP/AVP 0", c="IN IP4 224.2.1.1/127"), "multicast"),
    ],
)
def test_what_we_have_nothing_in_common_with_is_488(offer: bytes, says: str) -> None:
    with pytest.raises(NotAcceptable, match=says) as refused:
        answer_offer(offer, local())
    assert refused.value.sip_status == 488
    with pytest.raises(NotAcceptable):
        peer_of(offer)


def test_no_connection_line_is_400() -> None:
    with pytest.raises(BadSdp, match="no c= line"):
        answer_offer(b"v=0\r\nm=audio 4000 RTP/AVP 0\r\n", local())


def test_the_answer_to_our_offer() -> None:
    agreement = accept_answer(sdp("m=audio 4000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000", "a=rtcp-mux"))
    assert (agreement.codec, agreement.event, agreement.mux) == ("PCMA", 96, True)
    assert agreement.meanings == {8: "PCMA", 96: "telephone-event", 13: "CN", 0: "PCMU", 101: "telephone-event"}


@pytest.mark.parametrize("answer", [sdp("m=audio 0 RTP/AVP 0"), sdp(), sdp("m=video 4000 RTP/AVP 0")])
def test_an_answer_that_rejects_our_offer(answer: bytes) -> None:
    with pytest.raises(NotAcceptable):
        accept_answer(answer)


def test_the_version_grows_only_when_something_changed() -> None:
    side = local()
    offer = sdp("m=audio 4000 RTP/AVP 0")
    first, _ = answer_offer(offer, side)
    again, _ = answer_offer(offer, side)
    held, _ = answer_offer(sdp("m=audio 4000 RTP/AVP 0", "a=sendonly"), side)
    assert first == again
    versions = [SessionDescription.parse(text).lines[1][1].split()[2] for text in (first, held)]
    assert versions == ["1", "2"]


ODD = [
    "a=rtpmap:0 x/8000",
    "a=rtpmap:99999999999 PCMU/8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=rtpmap: /",
    "a=rtpmap:0 PCMU/٨",
    "a=rtcp:٥ IN IP4 ٥",
    "a=maxptime:٥",
    "a=ptime:",
    "c=IN IP6 ::1%eth0",
]


@given(st.one_of(st.text(max_size=200).map(str.splitlines), st.lists(st.sampled_from(ODD))))
def test_any_media_section_is_answered_or_refused(rest: list[str]) -> None:
    statuses = {0}
    try:
        answer_offer(sdp("m=audio 4000 RTP/AVP 0 101", *rest), local())
    except Refusal as refused:
        statuses = {refused.sip_status}
    assert statuses <= {0, 400, 488}
