"""The calls of a span as columns, which take a third of what rows would: a stretch may have 65,536 of them."""

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select, tuple_

from ringback.store.call_keys import KINDS
from ringback.store.calls import CALLS
from ringback.store.prepared import Prepared
from ringback.store.readers import Reading
from ringback.store.seal_plan import MOST, Span

#: calls that are read at once; of these alone every value is held by an object of its own
PAGE = 1024
_FIELDS = tuple(dict.fromkeys(field for field, _ in KINDS.values()))
_TEXTS = tuple(position for position, field in enumerate(_FIELDS) if CALLS.is_text(field))
_CREATED = _FIELDS.index("date_created")


class Columns:
    """``ids`` of the calls, the oldest first, and of each field what they hold, as in the database."""

    def __init__(self) -> None:
        self.ids = array("q")
        self.values: Mapping[str, list[Any]] = {field: [] for field in _FIELDS}

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, rows: Sequence[tuple[Any, ...]]) -> bool:
        """Rows of an id and the fields; whether all can have keys: PostgreSQL takes no NUL, SQLite does."""
        self.ids.extend(row[0] for row in rows)
        shared: dict[Any, Any] = {}
        for position, column in enumerate(self.values.values(), 1):
            column.extend(shared.setdefault(row[position], row[position]) for row in rows)
        texts = list(self.values.values())
        return not any("\0" in (text or "") for position in _TEXTS for text in texts[position][-len(rows) :])


def read(reading: Reading, span: Span) -> Columns | None:
    """The calls of ``span``; None: they cannot be sealed."""
    columns = Columns()
    given = {"account": span.account, "upto": span.upto, "moment": span.after, "id": (1 << 63) - 1, "page": PAGE}
    while rows := reading.rows(_ROWS, given):
        if not columns.add(rows) or len(columns) > MOST:
            return None
        given |= {"moment": rows[-1][1 + _CREATED], "id": rows[-1][0]}
    return columns


_C = CALLS.table.c
_ROWS = Prepared(
    select(_C.id, *(_C[field] for field in _FIELDS))
    .where(
        _C.account_sid == bindparam("account"),
        _C.date_created <= bindparam("upto"),
        tuple_(_C.date_created, _C.id) > tuple_(bindparam("moment"), bindparam("id")),
    )
    .order_by(_C.date_created, _C.id)
    .limit(bindparam("page"))
)
