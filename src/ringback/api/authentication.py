"""Authentication: which account asks. HTTP Basic with an account's SID or e-mail address, and its token or password."""

import base64
import binascii
import hashlib
import hmac

from ringback.api.guard import Guard
from ringback.api.hashing import Hashes
from ringback.api.permission import find_account
from ringback.kernel.clock import Clock
from ringback.kernel.errors import NotAuthenticated
from ringback.kernel.source import source_of
from ringback.store.accounts import AccountRecord
from ringback.store.store import Store

CHALLENGE = ((b"www-authenticate", b'Basic realm="Ringback"'),)
#: seconds that an account found good is not looked up again; a change through this API counts at once
MEMORY_SECONDS = 5.0
_MOST_REMEMBERED = 10_000
_NOBODY = "0" * 32


class Authentication:
    """Finds the account of an Authorization header; remembers for a moment what it found.

    ``hashed``: new accounts have a hash of their password beside a random token, so that names take as long as those.
    """

    def __init__(self, store: Store, clock: Clock, *, hashed: bool = False) -> None:
        self._store = store
        self._clock = clock
        self._hashed = hashed
        self.hashes = Hashes(clock)
        self._guard = Guard(clock)
        self._remembered: dict[bytes, tuple[AccountRecord, float]] = {}

    async def account_of(self, header: bytes | None, source: str) -> AccountRecord:
        """Raises `NotAuthenticated`, with the same words for an unknown account and a wrong token."""
        if header is None:
            raise NotAuthenticated(
                "Authenticate with HTTP Basic: an account's SID or e-mail address, and its AuthToken."
            )
        digest = hashlib.blake2b(header, digest_size=16).digest()
        known = self._remembered.get(digest)
        if known is not None and known[1] > self._clock.now():
            return known[0]
        name, secret = _credentials(header)
        account = await self._guarded(name, secret, source_of(source))
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[digest] = (account, self._clock.now() + MEMORY_SECONDS)
        return account

    async def _guarded(self, name: str, secret: str, source: str) -> AccountRecord:
        named = name.lower()
        async with self._guard.attempt(source, named):
            account = await self._checked(name, secret)
            if account is None:
                self._guard.was_wrong(source, named)
                raise NotAuthenticated("The account or its token is wrong.")
            self._guard.was_right(source, named)
            return account

    async def _checked(self, name: str, secret: str) -> AccountRecord | None:
        """The account whose token or password ``secret`` is; as long for a name that nobody has."""
        account = await find_account(name, self._store)
        token = (account.auth_token if account is not None else None) or _NOBODY
        hashed = account.password_hash if account is not None else None
        good = _same(secret, token)
        if hashed is None:
            good |= _same(md5(secret), token)
        if not good and (hashed is not None or self._hashed):
            good = await self.hashes.fits(secret, hashed)
        return account if account is not None and account.auth_token and good else None

    def forget(self) -> None:
        """An account has changed: everyone is looked up again."""
        self._remembered.clear()


def md5(password: str) -> str:
    """The documented token of an account with ``password``."""
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _credentials(header: bytes) -> tuple[str, str]:
    scheme, _, encoded = header.partition(b" ")
    try:
        if scheme.lower() != b"basic":
            raise ValueError(scheme)
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (ValueError, binascii.Error):
        raise NotAuthenticated("The Authorization header is not HTTP Basic.") from None
    if not colon:
        raise NotAuthenticated("The Authorization header holds no colon between account and token.")
    return name, secret
