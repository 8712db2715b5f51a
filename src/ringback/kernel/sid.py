"""SIDs: the 34-character names of everything that the API shows (two letters and 32 hexadecimal digits)."""

import re

from ringback.kernel.chance import random_octets

_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}\Z")


def new_sid(prefix: str) -> str:
    """A fresh random SID: ``CA`` + 32 lower-case hexadecimal digits; ``prefix`` names the resource."""
    return prefix + random_octets(16).hex()


def is_sid(text: str, prefix: str = "") -> bool:
    """Whether ``text`` is a well-formed SID (of this ``prefix``, when one is given)."""
    return bool(_SID.match(text)) and text.startswith(prefix)
