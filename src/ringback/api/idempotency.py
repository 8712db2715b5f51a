"""Idempotency-Key: a create that is asked for twice is done once, and answered twice alike, for 24 hours."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from ringback.api.answer import Answer
from ringback.api.asked import Asked
from ringback.kernel.errors import BadParameter, Conflict
from ringback.store.driver import AlreadyThere
from ringback.store.idempotency_keys import IdempotencyKeyRecord

KEPT: Final = timedelta(hours=24)
_MOST = 255
#: seconds between two cleanings
_CLEANED_EVERY = 3600.0
HEADER: Final = b"idempotency-key"


class Idempotency:
    """Remembers, in the store, what creates with a key answered."""

    def __init__(self) -> None:
        self._cleaned = float("-inf")

    async def once(self, asked: Asked, run: Callable[[Asked], Awaitable[Answer]]) -> Answer:
        """``run`` the first time; the same answer each time after. 409: the key came with another request before."""
        key = asked.headers.get(HEADER)
        if key is None:
            return await run(asked)
        if not 0 < len(key) <= _MOST:
            raise BadParameter([f"Idempotency-Key has {len(key)} characters; 1 to {_MOST} are allowed."], code=20001)
        await asked.form()
        await self._clean(asked)
        claim = _claim(asked, key)
        known = await self._known(claim, asked)
        if known is not None:
            return _again(known, claim)
        return await self._run(claim, asked, run)

    async def _known(self, claim: IdempotencyKeyRecord, asked: Asked) -> IdempotencyKeyRecord | None:
        """Who had the key before; None: it is ours now."""
        keys = asked.house.store.idempotency_keys
        known = await keys.get(claim.sid)
        if known is not None and known.date_created < claim.date_created - KEPT:
            await keys.delete(known.sid)
        elif known is not None:
            return known
        try:
            await keys.insert(claim)
        except AlreadyThere:
            return await keys.get(claim.sid)
        return None

    async def _run(
        self, claim: IdempotencyKeyRecord, asked: Asked, run: Callable[[Asked], Awaitable[Answer]]
    ) -> Answer:
        keys = asked.house.store.idempotency_keys
        try:
            answer = await run(asked)
        except BaseException:  # nothing was made, so it may be tried again
            await keys.delete(claim.sid)
            raise
        done = replace(
            claim, status=answer.status, content_type=answer.content_type.decode(), body=answer.body.decode()
        )
        await asked.house.store.database.write(keys.deleting(claim.sid), keys.inserting(done))
        return answer

    async def _clean(self, asked: Asked) -> None:
        clock = asked.house.clock
        if clock.now() - self._cleaned > _CLEANED_EVERY:
            self._cleaned = clock.now()
            await asked.house.store.idempotency_keys.delete_older(clock.utc() - KEPT)


def _claim(asked: Asked, key: bytes) -> IdempotencyKeyRecord:
    place = "/".join((asked.method, *asked.segments))
    name = hashlib.sha256(b"\0".join((asked.caller.sid.encode(), place.encode(), key)))
    fingerprint = hashlib.sha256(b"\0".join((asked.dialect.name.encode(), b"%d" % asked.as_json, asked.body)))
    return IdempotencyKeyRecord(
        sid=name.hexdigest(),
        date_created=asked.house.clock.utc(),
        account_sid=asked.account.sid,
        fingerprint=fingerprint.hexdigest(),
    )


def _again(known: IdempotencyKeyRecord, claim: IdempotencyKeyRecord) -> Answer:
    if known.fingerprint != claim.fingerprint:
        raise Conflict("This Idempotency-Key came with another request before; use a new one.", code=20409)
    if known.status is None:
        raise Conflict("The first request with this Idempotency-Key is still under way; ask again soon.", code=20409)
    body = (known.body or "").encode()
    headers = ((b"idempotency-replayed", b"true"),)
    return Answer(known.status, body, (known.content_type or "").encode(), headers)
