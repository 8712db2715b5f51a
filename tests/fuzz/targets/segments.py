"""A text message: in how many short messages it travels is never less than its length asks for."""

from ringback.messaging.segments import segments_of
from tests.fuzz.target import Target


def _take(octets: bytes) -> None:
    text = octets.decode("utf-8", "replace")
    count = segments_of(text)
    assert 1 <= count <= max(1, len(text))
    assert count >= len(text) / 160
    assert segments_of(text + text) >= count


TARGET = Target(_take, lambda: (b"hello", ("€" * 81).encode(), ("ä😀" * 40).encode(), b"a" * 161), (), 400)
