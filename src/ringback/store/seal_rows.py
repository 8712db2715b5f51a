"""Reads the calls of a span, a page at a time."""

from sqlalchemy import bindparam, select, tuple_

from ringback.store.calls import CALLS
from ringback.store.prepared import Prepared
from ringback.store.readers import Reading
from ringback.store.seal_columns import FIELDS, Columns
from ringback.store.seal_plan import MOST, Span

#: calls that are read at once; of these alone every value is held by an object of its own
PAGE = 1024
_CREATED = FIELDS.index("date_created")


def read(reading: Reading, span: Span) -> Columns | None:
    """The calls of ``span``; None: they cannot be sealed."""
    columns = Columns()
    given = {"account": span.account, "upto": span.upto, "moment": span.after, "id": (1 << 63) - 1, "page": PAGE}
    while rows := reading.rows(_ROWS, given):
        columns.add(rows)
        if len(columns) > MOST:
            return None
        given |= {"moment": rows[-1][1 + _CREATED], "id": rows[-1][0]}
    return None if columns.have_nul else columns


_C = CALLS.table.c
_ROWS = Prepared(
    select(_C.id, *(_C[field] for field in FIELDS))
    .where(
        _C.account_sid == bindparam("account"),
        _C.date_created <= bindparam("upto"),
        tuple_(_C.date_created, _C.id) > tuple_(bindparam("moment"), bindparam("id")),
    )
    .order_by(_C.date_created, _C.id)
    .limit(bindparam("page"))
)
