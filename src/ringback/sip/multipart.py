"""Finds the session description in a body, alone or as one part of several (RFC 3261 §7.4, RFC 5621)."""

import re

_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)+)"|([^\s;]+))', re.IGNORECASE)
SDP = "application/sdp"


def media_type(content_type: str) -> str:
    """``Application/SDP; charset=x`` → ``application/sdp``."""
    return content_type.partition(";")[0].strip().lower()


def sdp_of(content_type: str, body: bytes, depth: int = 4) -> bytes | None:
    """The session description in ``body``; None when there is none, or more than ``depth`` levels down."""
    kind = media_type(content_type)
    if kind == SDP:
        return body
    if kind.startswith("multipart/") and depth > 0:
        for part_type, part in parts_of(content_type, body):
            if (found := sdp_of(part_type, part, depth - 1)) is not None:
                return found
    return None


def parts_of(content_type: str, body: bytes) -> list[tuple[str, bytes]]:
    """(Content-Type, body) of each part; none when the boundary is missing. At most 16 parts are looked at."""
    match = _BOUNDARY.search(content_type)
    if match is None:
        return []
    delimiter = b"--" + (match.group(1) or match.group(2)).encode("utf-8", "replace")
    pieces = (b"\r\n" + body).split(b"\r\n" + delimiter, 16)[1:]
    found: list[tuple[str, bytes]] = []
    for piece in pieces:
        if piece.startswith(b"--"):
            break
        head, blank, content = piece.partition(b"\r\n\r\n")
        if blank:
            found.append((_part_type(head), content))
    return found


def _part_type(head: bytes) -> str:
    for line in re.sub(rb"\r\n[ \t]+", b" ", head).split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon and name.strip().lower() in (b"content-type", b"c"):
            return value.strip().decode("utf-8", "replace")
    return "text/plain"
