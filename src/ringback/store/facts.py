"""Facts about this installation: named texts, such as its secret and what was seeded."""

import secrets

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as insert_in_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_in_sqlite

from ringback.store.database import Database
from ringback.store.facts_table import FACTS
from ringback.store.prepared import Prepared
from ringback.store.writing import Change


class Facts:
    """Small texts by name, the same for every server on this database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._get = Prepared(select(FACTS.c.value).where(FACTS.c.name == bindparam("name")), point=True)
        self._delete = Prepared(delete(FACTS).where(FACTS.c.name == bindparam("name")))
        insert = insert_in_sqlite(FACTS) if database.driver.is_sqlite else insert_in_postgresql(FACTS)
        insert = insert.values(name=bindparam("name"), value=bindparam("value"))
        self._set = Prepared(
            insert.on_conflict_do_update(index_elements=[FACTS.c.name], set_={"value": insert.excluded.value})
        )
        self._claim = Prepared(insert.on_conflict_do_nothing(index_elements=[FACTS.c.name]))

    async def get(self, name: str) -> str | None:
        rows = await self._database.read(self._get, {"name": name})
        return str(rows[0][0]) if rows else None

    async def set(self, name: str, value: str) -> None:
        await self._database.write(self.setting(name, value))

    def setting(self, name: str, value: str) -> Change:
        """A change that sets it."""
        given = {"name": name, "value": value}
        return lambda writing: writing.run(self._set, given)

    def claiming(self, name: str, value: str) -> Change:
        """A change that sets it unless it is set; its result: whether it did, 1 or 0."""
        given = {"name": name, "value": value}
        return lambda writing: writing.run(self._claim, given)

    async def forget(self, name: str) -> None:
        given = {"name": name}
        await self._database.write(lambda writing: writing.run(self._delete, given))

    async def secret(self, name: str) -> str:
        """64 random hexadecimal digits, made at the first question and the same ever after."""
        if (known := await self.get(name)) is not None:
            return known
        await self._database.write(self.claiming(name, secrets.token_hex(32)))
        made = await self.get(name)
        assert made is not None
        return made
