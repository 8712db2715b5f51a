"""Hashes of passwords: Argon2id, in threads of their own turn, with what was verified remembered for a moment."""

import asyncio
import hashlib
import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ringback.kernel.clock import Clock

#: OWASP's least for Argon2id: 19 MiB, two passes, one lane; some 20 ms
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
#: how many are worked out at once, whoever asks: a flood of passwords costs no more memory than this many
_AT_ONCE: Final = 2
#: seconds that a password found right is taken for right again, and how many are remembered
MEMORY_SECONDS: Final = 300.0
_MOST_REMEMBERED: Final = 10_000
#: as costly to compare with as a real one, and nobody's
_NOBODY: Final = _HASHER.hash(secrets.token_hex(16))


class Hashes:
    """Makes and checks hashes, off the event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._remembered: dict[bytes, float] = {}
        self._key = secrets.token_bytes(32)

    async def make(self, password: str) -> str:
        """The hash of ``password``, with its salt and cost in it."""
        async with self._at_once:
            return await asyncio.to_thread(_HASHER.hash, password)

    async def fits(self, password: str, hashed: str | None) -> bool:
        """Whether ``hashed`` is a hash of ``password``; no hash fits nothing, and takes as long to say so."""
        digest = hashlib.blake2b(f"{hashed} {password}".encode(), key=self._key, digest_size=16).digest()
        if self._remembered.get(digest, 0.0) > self._clock.now():
            return True
        async with self._at_once:
            fits = await asyncio.to_thread(_fits, password, hashed or _NOBODY)
        if fits:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[digest] = self._clock.now() + MEMORY_SECONDS
        return fits


def _fits(password: str, hashed: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
