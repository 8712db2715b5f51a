"""Segments: in how many short messages a text travels (3GPP TS 23.038 §4 and §6.2.1, 23.040 §9.2.3.24.1)."""

from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: those take two places: an escape stands before them
_EXTENDED: Final = frozenset("\f^{}\\[~]|€")
#: places in one message, and in each of several
_SEVEN_BITS: Final = (160, 153)
_SIXTEEN_BITS: Final = (70, 67)


def segments_of(text: str) -> int:
    """At least one. A character never lies in two segments, nor does an escape leave the one it stands before."""
    widths = [1 if one in _BASIC else 2 if one in _EXTENDED else 0 for one in text]
    alone, each = _SEVEN_BITS
    if 0 in widths:
        widths = [2 if ord(one) > 0xFFFF else 1 for one in text]
        alone, each = _SIXTEEN_BITS
    return 1 if sum(widths) <= alone else _filled(widths, each)


def _filled(widths: list[int], size: int) -> int:
    segments, free = 1, size
    for width in widths:
        if width > free:
            segments, free = segments + 1, size
        free -= width
    return segments
