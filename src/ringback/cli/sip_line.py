"""What a SIP message on the wire is called on the arrow that shows it: `INVITE +sdp`, `200 OK`, `200 OK for BYE`."""

from ringback.cli.narration import printable


def sip_line(message: str) -> str:
    """Few words for ``message``; it may be anything that a stranger sent."""
    start, _, rest = message.partition("\n")
    headers, _, body = rest.replace("\r\n", "\n").partition("\n\n")
    sound = " +sdp" if body.startswith("v=0") else ""
    words = start.split()
    if len(words) == 3 and words[2].startswith("SIP/"):
        return printable(words[0] + sound)
    if len(words) >= 2 and words[0].startswith("SIP/"):
        method = _method(headers)
        belongs = f" for {method}" if method not in ("", "INVITE") else ""
        return printable(" ".join(words[1:]) + belongs + sound)
    return printable(start.strip()[:30]) or "(empty)"


def _method(headers: str) -> str:
    """The method in CSeq, or nothing."""
    for line in headers.split("\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "cseq":
            return value.split()[-1] if value.split() else ""
    return ""
