"""Accounts and sub-accounts: a tree of at most three levels. Specification, tables 4.1 to 4.3."""

from datetime import datetime

import msgspec
from sqlalchemy import Index, bindparam, select

from ringback.store.database import Database
from ringback.store.prepared import Prepared
from ringback.store.rows import Rows
from ringback.store.table import Shape
from ringback.store.tree import accounts_of_tree


class AccountRecord(msgspec.Struct, kw_only=True):
    """``parent_sid`` None: the administrator. ``password_hash``: Argon2, where random tokens are set."""

    sid: str
    date_created: datetime
    date_updated: datetime
    email_address: str
    friendly_name: str
    parent_sid: str | None = None
    organization_sid: str | None = None
    type_: str = "Full"
    status: str = "active"
    role: str = "Administrator"
    auth_token: str
    password_hash: str | None = None


ACCOUNTS = Shape(
    AccountRecord,
    "accounts",
    Index("accounts_by_email", "email_address", unique=True),
    Index("accounts_by_parent", "parent_sid"),
)


class Accounts(Rows[AccountRecord]):
    """``email_address`` is kept in lower case, and is unique."""

    shape = ACCOUNTS
    keeps = True

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        table = self.shape.table
        members = table.c.sid.in_(accounts_of_tree(bindparam("root", type_=table.c.sid.type)))
        self._tree = Prepared(select(*self.shape.columns).where(members).order_by(table.c.id), point=True)

    async def by_name(self, name: str) -> AccountRecord | None:
        """The account that an e-mail address or a SID names."""
        return await self.first(email_address=name.lower()) if "@" in name else await self.get(name)

    async def tree(self, sid: str) -> list[AccountRecord]:
        """The account and all below it, parents before children; empty when there is none."""
        rows = await self.database.read(self._tree, {"root": sid})
        return [self.shape.decode(row) for row in rows]

    async def ancestors(self, sid: str) -> list[str]:
        """SIDs of the accounts above, the nearest first."""
        above: list[str] = []
        account = await self.get(sid)
        while account is not None and account.parent_sid is not None and account.parent_sid not in above:
            above.append(account.parent_sid)
            account = await self.get(account.parent_sid)
        return above
