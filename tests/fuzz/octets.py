"""Cuts one fuzz input into the several values that a target needs."""


class Octets:
    """Reads from the front; what is not there any more reads as zeros, or as nothing."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def __bool__(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._octets)

    def number(self, size: int = 1) -> int:
        return int.from_bytes(self.some(size).ljust(size, b"\0"), "big")

    def some(self, size: int) -> bytes:
        """At most ``size`` octets."""
        found = self._octets[self._at : self._at + size]
        self._at += size
        return found

    def piece(self) -> bytes:
        """Octets that their length precedes."""
        return self.some(self.number())

    def rest(self) -> bytes:
        return self.some(len(self._octets))


def piece(octets: bytes) -> bytes:
    """How `Octets.piece` finds these again."""
    return bytes((len(octets),)) + octets
