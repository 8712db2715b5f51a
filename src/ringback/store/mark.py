"""The mark: the number of the last group of changes that the database took from one server, kept in the database.

It is changed in the group's own transaction. So after a COMMIT that nobody answered it says whether the group is there.
"""

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as insert_in_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_in_sqlite

from ringback.store.connection import Connection
from ringback.store.facts_table import FACTS
from ringback.store.prepared import Prepared


class Mark:
    """The mark of the server whose spool is named ``spool``."""

    def __init__(self, spool: str, *, sqlite: bool) -> None:
        self._name = f"spool {spool}"
        self._read = Prepared(select(FACTS.c.value).where(FACTS.c.name == bindparam("name")))
        insert = insert_in_sqlite(FACTS) if sqlite else insert_in_postgresql(FACTS)
        insert = insert.values(name=bindparam("name"), value=bindparam("value"))
        self._set = Prepared(
            insert.on_conflict_do_update(index_elements=[FACTS.c.name], set_={"value": insert.excluded.value})
        )

    def read(self, connection: Connection) -> int:
        """0 when there is none. Raises the driver's errors."""
        rows = connection.rows(self._read, {"name": self._name})
        return int(rows[0][0]) if rows else 0

    def set(self, connection: Connection, number: int) -> None:
        """Inside the transaction of the group ``number``."""
        connection.ask(self._set, {"name": self._name, "value": str(number)})
