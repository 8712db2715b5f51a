"""Idempotency keys: what a create with that key answered, so that it is not done twice."""

from datetime import datetime

import msgspec
from sqlalchemy import Index, bindparam, delete

from ringback.store.prepared import Prepared
from ringback.store.rows import Rows
from ringback.store.table import Shape, to_milliseconds


class IdempotencyKeyRecord(msgspec.Struct, kw_only=True):
    """``sid``: account, method, path and key in one. ``status`` None: still under way."""

    sid: str
    date_created: datetime
    account_sid: str
    fingerprint: str
    status: int | None = None
    content_type: str | None = None
    body: str | None = None


IDEMPOTENCY_KEYS = Shape(IdempotencyKeyRecord, "idempotency_keys", Index("idempotency_keys_by_date", "date_created"))


class IdempotencyKeys(Rows[IdempotencyKeyRecord]):
    """``insert`` claims a key; it raises `AlreadyThere` when another request has it."""

    shape = IDEMPOTENCY_KEYS

    async def delete_older(self, moment: datetime) -> int:
        """Forgets keys made before ``moment``; how many."""
        table = self.shape.table
        statement = Prepared(delete(table).where(table.c.date_created < bindparam("moment")))
        given = {"moment": to_milliseconds(moment)}
        return int((await self.database.write(lambda writing: writing.run(statement, given)))[0])
