"""A session description without telephone-events: what a telephone shows that can send keys only as tones."""


def without_events(sdp: bytes) -> bytes:
    """``sdp`` with the payload types of telephone-event taken away (RFC 4733 §7.1.1)."""
    lines = sdp.split(b"\r\n")
    events = {line[9:].split(b" ", 1)[0] for line in lines if b" telephone-event/" in line.lower()}
    kept = [line for line in lines if not (line.startswith((b"a=rtpmap:", b"a=fmtp:")) and _payload(line) in events)]
    return b"\r\n".join(_without(line, events) if line.startswith(b"m=") else line for line in kept)


def _payload(line: bytes) -> bytes:
    return line.partition(b":")[2].split(b" ", 1)[0]


def _without(media: bytes, events: set[bytes]) -> bytes:
    """``m=audio 5004 RTP/AVP 0 8 101`` → without 101."""
    words = media.split(b" ")
    return b" ".join(words[:3] + [word for word in words[3:] if word not in events])
