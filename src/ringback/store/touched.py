"""Calls that a transaction makes, changes or deletes break the sealed stretches that they are in."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from sqlalchemy import bindparam, literal_column, update

from ringback.store.connection import Connection
from ringback.store.prepared import Prepared
from ringback.store.stretches import BROKEN, STRETCHES

#: milliseconds between calls that break stretches together: a stretch in between may be broken for nothing
_TOGETHER = 10_000

_S = STRETCHES.c
_BREAK = Prepared(
    update(STRETCHES)
    .where(
        _S.account_sid == bindparam("account"),
        _S.upto >= bindparam("first"),
        _S.after < bindparam("last"),
        _S.state < literal_column(str(BROKEN)),
    )
    .values(state=literal_column(str(BROKEN)))
)


def break_stretches(connection: Connection, touched: Iterable[tuple[str, int]]) -> None:
    """Breaks the stretches of calls, each given by account and when it was created, in milliseconds.

    In one order everywhere, so that two servers never wait for each other in a circle.
    """
    for account, calls in groupby(sorted(touched), itemgetter(0)):
        for first, last in _spans([created for _, created in calls]):
            connection.run(_BREAK, {"account": account, "first": first, "last": last})


def _spans(moments: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of those that lie close together; ``moments`` are in order."""
    first = last = moments[0]
    for moment in moments[1:]:
        if moment - last > _TOGETHER:
            yield first, last
            first = moment
        last = moment
    yield first, last
