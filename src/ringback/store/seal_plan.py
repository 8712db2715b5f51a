"""What of an account's calls is best sealed next, as a reader's thread sees it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from ringback.store.asked import ALWAYS
from ringback.store.call_totals import OPEN
from ringback.store.calls import CALLS
from ringback.store.prepared import Prepared
from ringback.store.readers import Reading
from ringback.store.stretches import BROKEN, CANDIDATE, STRETCHES, Sealed, Stretch

#: calls of the smallest stretch at the end, of those that small ones are joined to, and of the largest
SMALL = 1024
MIDDLE = 8192
LARGE = 32_768
#: most calls of one stretch: a row's number has 16 bits
MOST = 65_536
#: milliseconds after which nobody is likely to add a call, and after which open calls do not hinder
SETTLED = 10_000
PATIENT = 120_000


@dataclass(frozen=True, slots=True)
class Span:
    """Calls of an account created after ``after`` up to and with ``upto``, in milliseconds."""

    account: str
    after: int
    upto: int


def next_span(reading: Reading, account: str, now: int) -> Span | str | None:
    """What is best sealed next; a word why not yet; None: everything that is worth it is sealed."""
    if reading.rows(_CANDIDATES, {"account": account, "since": now - PATIENT}):
        return "somebody else is sealing"
    sealed = Sealed(reading, account)
    end = now - SETTLED
    gaps = [gap for gap in sealed.gaps(ALWAYS) if gap[0] < end]
    for low, high in gaps:
        is_last = high == ALWAYS[1]
        bounds = {"account": account, "low": low, "high": min(high, end)}
        upto = _nth(reading, bounds, LARGE)
        if upto is None and not is_last:
            return Span(account, low - 1, high - 1)
        if upto is None and (upto := _nth(reading, bounds, SMALL)) is None:
            continue
        if _nth(reading, bounds, MOST) == upto:
            continue  # too many calls of one millisecond
        if upto > now - PATIENT and reading.rows(_OPEN_CALLS, bounds | {"high": upto + 1}):
            return "calls are still open"
        return Span(account, low - 1, upto)
    return _joined(account, sealed)


def _nth(reading: Reading, bounds: dict[str, Any], number: int) -> int | None:
    """When the call ``number`` within ``bounds`` was created."""
    rows = reading.rows(_NTH, bounds | {"skipped": number - 1})
    return int(rows[0][0]) if rows else None


def _joined(account: str, sealed: Sealed) -> Span | None:
    """Small stretches in a row that make a larger one."""
    for size in (LARGE, MIDDLE):
        run: list[Stretch] = []
        for stretch in sealed.stretches:
            if run and run[-1].upto != stretch.after:
                run = []
            run = [*run, stretch] if stretch.n <= size // 2 else []
            if sum(each.n for each in run) >= size:
                return Span(account, run[0].after, run[-1].upto)
    return None


def accounts(reading: Reading, since: int | None) -> set[str]:
    """Accounts with calls since a moment or broken stretches; with any calls when ``since`` is None."""
    if since is not None:
        return {row[0] for row in reading.rows(_RECENT, {"since": since})}
    found: set[str] = set()
    rows = reading.rows(_NEXT_ACCOUNT, {"account": ""})
    while rows[0][0] is not None:
        found.add(rows[0][0])
        rows = reading.rows(_NEXT_ACCOUNT, {"account": rows[0][0]})
    return found


_S, _C = STRETCHES.c, CALLS.table.c
_WITHIN = (
    _C.account_sid == bindparam("account"),
    _C.date_created >= bindparam("low"),
    _C.date_created < bindparam("high"),
)
_NTH = Prepared(
    select(_C.date_created).where(*_WITHIN).order_by(_C.date_created, _C.id).limit(1).offset(bindparam("skipped"))
)
_OPEN_CALLS = Prepared(select(_C.id).where(*_WITHIN, or_(*(_C.status == one for one in OPEN))).limit(1))
_NEXT_ACCOUNT = Prepared(select(func.min(_C.account_sid)).where(_C.account_sid > bindparam("account")))
_RECENT = Prepared(
    select(_C.account_sid)
    .where(_C.date_created >= bindparam("since"))
    .union(select(_S.account_sid).where(_S.state == BROKEN))
)
_CANDIDATES = Prepared(
    select(_S.id).where(_S.account_sid == bindparam("account"), _S.state == CANDIDATE, _S.begun > bindparam("since"))
)
