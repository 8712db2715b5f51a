"""Offer and answer (RFC 3264): from two session descriptions to what a stream does."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import msgspec

from ringback.kernel.chance import random_octets
from ringback.kernel.errors import Refusal
from ringback.media.codec import codecs
from ringback.media.sdp import BadSdp, Line, Media, SessionDescription, attributes, network_address

EVENT = "telephone-event"
COMFORT_NOISE = "CN"
#: the payload type of telephone-event in our own offers
EVENT_PAYLOAD_TYPE = 101
#: payload type 13 is comfort noise without being named (RFC 3551)
_STATIC = {13: COMFORT_NOISE}
_MIRRORED = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}


class NotAcceptable(Refusal):
    """We have nothing in common with the offer."""

    status = 400
    sip_status = 488


class Address(NamedTuple):
    """Where packets are sent to."""

    host: str  #: an IP address
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Agreement(msgspec.Struct, frozen=True, gc=False):
    """What both sides agreed on for one stream."""

    peer: Address
    rtcp: Address  #: the peer's; the same as ``peer`` when ``mux``
    mux: bool
    codec: str
    payload_type: int  #: of what we send
    meanings: dict[int, str]  #: payload types that we understand → codec, `EVENT` or `COMFORT_NOISE`
    event: int | None  #: payload type of the telephone-events that we send; None: the peer takes none
    sends: bool
    receives: bool
    ms: int = 20  #: length of the packets that we send


@dataclass(slots=True)
class LocalSide:
    """Our side of one stream's descriptions."""

    address: str
    port: int
    session: int = field(default_factory=lambda: int.from_bytes(random_octets(5)))
    version: int = 0
    last: bytes = b""

    def describe(self, media: tuple[Media, ...]) -> bytes:
        """Our description; its version grows when something in it has changed (RFC 3264 §8)."""
        body = self._printed(media)
        if body != self.last:
            self.version += 1
            body = self.last = self._printed(media)
        return body

    def _printed(self, media: tuple[Media, ...]) -> bytes:
        here = network_address(self.address)
        origin = f"- {self.session} {self.version} {here}"
        lines = (("v", "0"), ("o", origin), ("s", "Ringback"), ("c", here), ("t", "0 0"))
        return bytes(SessionDescription(lines, media))


def make_offer(local: LocalSide, direction: str = "sendrecv") -> bytes:
    """Offers all codecs and telephone-event."""
    formats = {codec.payload_type: f"{codec.name}/8000" for codec in codecs().values()}
    formats[EVENT_PAYLOAD_TYPE] = f"{EVENT}/8000"
    lines: list[Line] = [*_format_lines(formats, EVENT_PAYLOAD_TYPE), ("a", direction), ("a", "rtcp-mux")]
    return local.describe((Media("audio", local.port, "RTP/AVP", tuple(map(str, formats)), tuple(lines)),))


def answer_offer(offer: bytes, local: LocalSide) -> tuple[bytes, Agreement]:
    """Our answer, with the offerer's first codec that we know; every other section is rejected."""
    description, chosen, agreement = _understood(offer)
    answers = tuple(
        _answered(media, agreement, description, local) if media is chosen else _rejected(media)
        for media in description.media
    )
    return local.describe(answers), agreement


def accept_answer(answer: bytes) -> Agreement:
    """What the peer's answer to `make_offer` means."""
    description = SessionDescription.parse(answer)
    if not description.media or description.media[0].kind != "audio" or description.media[0].port == 0:
        raise NotAcceptable("the answer rejects the audio that we offered")
    audio = _wanted_audio(description)
    agreement = _agreement(description, audio, _formats(audio))
    ours = {codec.payload_type: codec.name for codec in codecs().values()}
    return msgspec.structs.replace(agreement, meanings={**agreement.meanings, **ours, EVENT_PAYLOAD_TYPE: EVENT})


def peer_of(description: bytes) -> Address:
    """Where the author of an offer or answer receives; raises as `answer_offer` does."""
    return _understood(description)[2].peer


def _understood(text: bytes) -> tuple[SessionDescription, Media, Agreement]:
    return _understood_again(text) if len(text) <= _MOST_REMEMBERED else _understand(text)


def _understand(text: bytes) -> tuple[SessionDescription, Media, Agreement]:
    description = SessionDescription.parse(text)
    chosen = _wanted_audio(description)
    return description, chosen, _agreement(description, chosen, _formats(chosen))


#: longer descriptions are not remembered, so that nobody can fill the memory with them
_MOST_REMEMBERED = 2000
#: an offer is judged, placed and answered, each in its own time, but one soon after the other
_understood_again = lru_cache(maxsize=64)(_understand)


def _wanted_audio(description: SessionDescription) -> Media:
    """The first audio section that we can do."""
    reasons: list[str] = []
    for media in description.media:
        if media.kind != "audio" or media.port == 0:
            reasons.append(f"{media.kind} is {'rejected' if media.port == 0 else 'not supported'}")
        elif media.protocol.upper() != "RTP/AVP":
            reasons.append(f"{media.protocol} is not supported, RTP/AVP is")
        elif not any(name in codecs() for name in _formats(media).values()):
            reasons.append(f"none of the codecs {' '.join(_formats(media).values()) or 'offered'} is known here")
        else:
            return media
    raise NotAcceptable("no common sound: " + ("; ".join(reasons) or "the description has no media"))


def _formats(media: Media) -> Mapping[int, str]:
    """Payload type → the codec's name as we spell it, in the author's order; those of other clock rates left out.

    They are the same in each call of a phone, unlike the port.
    """
    if sum([len(value) for _, value in media.lines]) > _MOST_REMEMBERED:
        return _read_formats(media.formats, media.lines)
    return _formats_again(media.formats, media.lines)


def _read_formats(formats: tuple[str, ...], lines: tuple[Line, ...]) -> Mapping[int, str]:
    maps = dict(_mapped(attributes(lines, "rtpmap")))
    names: dict[int, str] = {}
    for text in formats:
        if not text.isdecimal() or not 0 <= (number := int(text)) <= 127:
            continue
        name, rate = maps.get(number) or (_static_name(number), 8000)
        if name and rate == 8000:
            names[number] = _spelled(name)
    return names


_formats_again = lru_cache(maxsize=256)(_read_formats)


def _mapped(rtpmaps: Iterable[str]) -> Iterator[tuple[int, tuple[str, int]]]:
    """``101 telephone-event/8000`` → (101, (telephone-event, 8000))."""
    for value in rtpmaps:
        number, _, encoding = value.partition(" ")
        name, _, rate = encoding.strip().partition("/")
        rate, _, channels = rate.partition("/")
        if number.isdecimal() and rate.isdecimal() and channels in ("", "1") and len(rate) < 8:
            yield int(number[:4]), (name, int(rate))


def _static_name(number: int) -> str:
    names = {codec.payload_type: codec.name for codec in codecs().values()}
    return names.get(number) or _STATIC.get(number, "")


def _spelled(name: str) -> str:
    for known in (*codecs(), EVENT, COMFORT_NOISE):
        if name.lower() == known.lower():
            return known
    return name


def _agreement(description: SessionDescription, media: Media, formats: Mapping[int, str]) -> Agreement:
    payload_type = next(number for number, name in formats.items() if name in codecs())
    event = next((number for number, name in formats.items() if name == EVENT), None)
    peer = _peer(description, media)
    mux = media.attribute("rtcp-mux") is not None
    direction = description.direction(media)
    held = _ip_address(peer.host).is_unspecified  # RFC 2543's way to hold
    return Agreement(
        peer=peer,
        rtcp=peer if mux else _rtcp_address(media, peer),
        mux=mux,
        codec=formats[payload_type],
        payload_type=payload_type,
        meanings={number: name for number, name in formats.items() if name in (*codecs(), EVENT, COMFORT_NOISE)}
        | {13: COMFORT_NOISE},
        event=event,
        sends=direction in ("sendrecv", "recvonly") and not held,
        receives=direction in ("sendrecv", "sendonly"),
        ms=10 if 0 < _number(media.attribute("maxptime")) < 20 else 20,
    )


def _peer(description: SessionDescription, media: Media) -> Address:
    host = description.address(media)
    if host is None:
        raise BadSdp("the session description has no c= line")
    try:
        address = _ip_address(host)
    except ValueError:
        raise NotAcceptable(f"the address {host[:60]} in c= is not an IP address") from None
    if address.is_multicast:
        raise NotAcceptable(f"the address {host} in c= is a multicast address")
    return Address(str(address), media.port)


@lru_cache(maxsize=1024)
def _ip_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An IPv4 address that was written as one of IPv6 is that of IPv4 (RFC 5118 §4.9). Raises `ValueError`."""
    if len(text) > 45:
        raise ValueError("too long for an address")
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def _rtcp_address(media: Media, peer: Address) -> Address:
    """``a=rtcp:53020`` or ``a=rtcp:53020 IN IP4 192.0.2.1`` (RFC 3605); else the port above."""
    parts = (media.attribute("rtcp") or "").split()
    port = _number(parts[0]) if parts else 0
    if not 0 < port < 65536:
        return Address(peer.host, min(peer.port + 1, 65535))
    if len(parts) == 4:
        try:
            return Address(str(_ip_address(parts[3])), port)
        except ValueError:
            pass
    return Address(peer.host, port)


def _number(text: str | None) -> int:
    text = (text or "").strip()
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def _answered(media: Media, agreement: Agreement, description: SessionDescription, local: LocalSide) -> Media:
    formats = {agreement.payload_type: f"{agreement.codec}/8000"}
    if agreement.event is not None:
        formats[agreement.event] = f"{EVENT}/8000"
    direction = _MIRRORED[description.direction(media)]
    if direction == "sendrecv" and not agreement.sends:
        direction = "recvonly"
    lines = [*_format_lines(formats, agreement.event, agreement.ms), ("a", direction)]
    if agreement.mux:
        lines.append(("a", "rtcp-mux"))
    return Media("audio", local.port, media.protocol, tuple(map(str, formats)), tuple(lines))


def _rejected(media: Media) -> Media:
    return Media(media.kind, 0, media.protocol, media.formats)


def _format_lines(formats: dict[int, str], event: int | None, ms: int = 20) -> list[Line]:
    lines: list[Line] = [("a", f"rtpmap:{number} {encoding}") for number, encoding in formats.items()]
    if event is not None:
        lines.append(("a", f"fmtp:{event} 0-16"))
    return [*lines, ("a", f"ptime:{ms}"), ("a", "maxptime:60")]
