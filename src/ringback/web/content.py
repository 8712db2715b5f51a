"""Content codings: a body's octets as they come, decompressed piece by piece, so that no bomb is ever held."""

import zlib
from collections.abc import Iterator
from typing import Protocol

#: what we ask for
ACCEPTED = "gzip, deflate"
#: most octets that one step gives
PIECE = 65_536


class BadContent(Exception):
    """The body is not in the coding that its header names, or we do not know that coding."""


class Decoder(Protocol):
    def feed(self, octets: bytes) -> Iterator[bytes]:
        """The decoded pieces, each of at most `PIECE` octets or as long as what was fed. Raises `BadContent`."""

    def finish(self) -> None:
        """The body is over. Raises `BadContent` when something is missing."""


def decoder_for(coding: str) -> Decoder:
    """The decoder for the value of a Content-Encoding header. Raises `BadContent`."""
    match coding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Compressed(zlib.MAX_WBITS | 16)
        case "deflate":
            return _Compressed(zlib.MAX_WBITS)
        case other:
            raise BadContent(f"is encoded as {other!r}, which was not asked for ({ACCEPTED})")


class _Plain:
    def feed(self, octets: bytes) -> Iterator[bytes]:
        yield octets

    def finish(self) -> None:
        pass


class _Compressed:
    """gzip of any number of members (RFC 1952 §2.2), or deflate with or without its zlib wrapper."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._inflate = zlib.decompressobj(bits)
        self._begun = False

    def feed(self, octets: bytes) -> Iterator[bytes]:
        rest = octets
        if not self._begun and rest:
            self._begun = True
            if self._bits == zlib.MAX_WBITS and rest[0] & 0x0F != zlib.DEFLATED:  # RFC 1950 §2.2: no zlib header
                self._bits = -zlib.MAX_WBITS
                self._inflate = zlib.decompressobj(self._bits)
        while rest:
            if self._inflate.eof:
                if self._bits < 16:
                    return  # what follows the end is not ours
                if not (rest := rest.lstrip(b"\0")):
                    return  # padding
                self._inflate = zlib.decompressobj(self._bits)
            try:
                piece = self._inflate.decompress(rest, PIECE)
            except zlib.error as error:
                raise BadContent(f"cannot be decompressed: {error}") from error
            rest = self._inflate.unconsumed_tail or (self._inflate.unused_data if self._inflate.eof else b"")
            yield piece
            if not piece and not self._inflate.eof:
                return

    def finish(self) -> None:
        if self._begun and not self._inflate.eof:
            raise BadContent("is compressed, and ends too early")
