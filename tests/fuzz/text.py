"""Octets as the text that they most likely are."""


def text_of(octets: bytes) -> str:
    """As SIP reads its messages: UTF-8, or else Latin-1."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
