"""Sealed stretches: calls of one account between two dates, with an index that counts any of their combinations.

A change, a new call or a deletion within a stretch breaks it in the same transaction, which `touched` sees to. What no
sealed stretch covers is open, and counted in the table itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Select,
    Table,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)

from ringback.store.asked import ALWAYS, Bounds
from ringback.store.prepared import Prepared
from ringback.store.readers import Reading
from ringback.store.stretch_index import Block, mask_of
from ringback.store.table import METADATA, TEXT

#: states of a stretch: being sealed; sealed; broken by a change, and to be deleted
CANDIDATE, SEALED, BROKEN = 0, 1, 2
#: how many ids lie in one block of the kind `IDS`
IDS_TOGETHER = 256
IDS = "ids"

_ID = BigInteger().with_variant(Integer(), "sqlite")

#: covers the calls of the account created after ``after`` up to and with ``upto`` (milliseconds); there are ``n``.
#: ``begun``: when sealing began (milliseconds)
STRETCHES = Table(
    "stretches",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("account_sid", TEXT, nullable=False),
    Column("after", BigInteger, nullable=False),
    Column("upto", BigInteger, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("state", Integer, nullable=False),
    Column("begun", BigInteger, nullable=False),
    Index("stretches_by_account", "account_sid", "upto", "after"),
)
#: the `Block`s of each kind of key; of the kind `IDS`: the ids of the rows from number ``rank`` on, 8 octets each
BLOCKS = Table(
    "stretch_blocks",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("stretch_id", BigInteger, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("last", LargeBinary, nullable=False),
    Column("next", LargeBinary, nullable=False),
    Column("rank", BigInteger, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("before", LargeBinary, nullable=False),
    Column("own", LargeBinary, nullable=False),
    Column("keys", LargeBinary),
    Index("stretch_blocks_by_head", "stretch_id", "kind", "head", "n"),
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Calls created after ``after`` up to and with ``upto``, in milliseconds; there are ``n``."""

    id: int
    after: int
    upto: int
    n: int

    @property
    def everything(self) -> int:
        """The mask of all its rows."""
        return (1 << self.n) - 1


_S, _B = STRETCHES.c, BLOCKS.c
#: the fields of a `Block`
FIELDS = ("head", "last", "next", "rank", "n", "before", "own", "keys")
_BLOCK = (_B.stretch_id, *(_B[name] for name in FIELDS))
#: of an account, and not outside of a time
_OURS = (
    _S.account_sid == bindparam("account"),
    _S.upto >= bindparam("low"),
    _S.after < bindparam("high"),
    _S.state == literal_column(str(SEALED)),
)
_STRETCHES = Prepared(select(_S.id, _S.after, _S.upto, _S.n).where(*_OURS).order_by(_S.upto, _S.after))


def _blocks(*columns: Column[Any]) -> Select[Any]:
    """Of one kind, of these stretches."""
    mine = and_(_B.stretch_id == _S.id, _B.kind == bindparam("kind"))
    return select(*columns).select_from(STRETCHES).join(BLOCKS, mine).where(*_OURS)


def _floors(*columns: Column[Any]) -> Prepared:
    inner = BLOCKS.alias("inner")
    same = (inner.c.stretch_id == _S.id, inner.c.kind == bindparam("kind"), inner.c.head <= bindparam("key"))
    floor = select(func.max(inner.c.head)).where(*same).scalar_subquery()
    return Prepared(_blocks(*columns).where(_B.head == floor))


_FLOORS, _COUNTED_FLOORS = _floors(*_BLOCK), _floors(_B.stretch_id, _B.head, _B.n, _B.before)
_BETWEEN = Prepared(
    _blocks(*(each for each in _BLOCK if each is not _B.before)).where(
        _B.head > bindparam("above"), _B.head < bindparam("below")
    )
)
_HEADS = Prepared(_blocks(_B.stretch_id, _B.head, _B.n))
_IDS: dict[int, Prepared] = {}


@dataclass(frozen=True, slots=True)
class Floor:
    """Of a block its head, how many rows it has, and the mask of those before it."""

    head: bytes
    n: int
    before: int


class Sealed:
    """The sealed stretches of one account, as one reading sees them."""

    def __init__(self, reading: Reading, account: str) -> None:
        self._reading = reading
        self._given: dict[str, Any] = {"account": account, "low": ALWAYS[0], "high": ALWAYS[1]}
        self.stretches = _apart([Stretch(*row) for row in reading.rows(_STRETCHES, self._given)])
        self._floors: dict[tuple[str, bytes], Mapping[int, Block]] = {}

    @property
    def n(self) -> int:
        """How many calls they cover."""
        return sum(stretch.n for stretch in self.stretches)

    def narrow(self, created: Bounds) -> None:
        """Leaves those out that have no call created within ``created``."""
        self._given |= {"low": created[0], "high": created[1]}
        self.stretches = [each for each in self.stretches if each.upto >= created[0] and each.after < created[1]]

    def gaps(self, created: Bounds) -> list[Bounds]:
        """What of ``created`` no stretch covers, in order."""
        found, low = [], created[0]
        for stretch in self.stretches:
            if low <= stretch.after:
                found.append((low, min(stretch.after + 1, created[1])))
            low = max(low, stretch.upto + 1)
        return [*found, (low, created[1])] if low < created[1] else found

    def below(self, kind: str, key: bytes, stretches: Sequence[Stretch]) -> dict[int, int]:
        """Of each of ``stretches`` the mask of the rows whose key is less than ``key``."""
        floors = self.floors(kind, key)
        return {each.id: floors[each.id].below(key) if each.id in floors else 0 for each in stretches}

    def between(self, kind: str, low: bytes, high: bytes, stretches: Sequence[Stretch]) -> dict[int, int]:
        """Of each of ``stretches`` the mask of the rows whose key is from ``low`` up to but not ``high``."""
        lower = self.floors(kind, low)
        found, others = {}, []
        for stretch in stretches:
            block = lower.get(stretch.id)
            if block is None or block.continues(high):
                others.append((stretch, block))
            else:
                found[stretch.id] = block.within(low, high)
        upper = self.floors(kind, high) if others else {}
        return found | {each.id: _over_blocks(each, low, high, block, upper.get(each.id)) for each, block in others}

    def floors(self, kind: str, key: bytes) -> Mapping[int, Block]:
        """Of each stretch the last block whose head is not above ``key``, where there is one."""
        found = self._floors.get((kind, key))
        if found is None:
            rows = self._reading.rows(_FLOORS, self._given | {"kind": kind, "key": key})
            found = self._floors[kind, key] = {row[0]: Block(*row[1:]) for row in rows}
        return found

    def counted_floors(self, kind: str, key: bytes) -> Mapping[int, Floor]:
        """The same, with less of each."""
        rows = self._reading.rows(_COUNTED_FLOORS, self._given | {"kind": kind, "key": key})
        return {row[0]: Floor(row[1], row[2], mask_of(row[3])) for row in rows}

    def after_floor(self, kind: str, low: bytes, high: bytes) -> list[tuple[int, Block]]:
        """Blocks whose head is above ``low`` and below ``high``, each with its stretch; without what is before."""
        known = {stretch.id for stretch in self.stretches}
        rows = self._reading.rows(_BETWEEN, self._given | {"kind": kind, "above": low, "below": high})
        return [
            (stretch, Block(head, last, following, rank, n, b"", own, keys))
            for stretch, head, last, following, rank, n, own, keys in rows
            if stretch in known
        ]

    def heads(self, kind: str) -> list[tuple[int, bytes, int]]:
        """Stretch, head and number of rows of each block."""
        rows = self._reading.rows(_HEADS, self._given | {"kind": kind})
        known = {stretch.id for stretch in self.stretches}
        return [(row[0], row[1], row[2]) for row in rows if row[0] in known]

    def ids(self, wanted: Mapping[int, Sequence[int]]) -> list[int]:
        """The calls' ids of the rows ``wanted`` of each stretch, in their order."""
        keys = sorted({(stretch, row // IDS_TOGETHER) for stretch, rows in wanted.items() for row in rows})
        blocks: dict[tuple[int, int], bytes] = {}
        for first in range(0, len(keys), 64):
            some = keys[first : first + 64]
            length = 1 << (len(some) - 1).bit_length()
            given: dict[str, Any] = {"kind": IDS}
            for number in range(length):
                stretch, together = some[min(number, len(some) - 1)]
                given |= {f"stretch_{number}": stretch, f"head_{number}": head_of_ids(together)}
            for stretch, head, own in self._reading.rows(_ids(length), given):
                blocks[stretch, int.from_bytes(head)] = own
        return [
            int.from_bytes(blocks[stretch, row // IDS_TOGETHER][(at := row % IDS_TOGETHER * 8) : at + 8])
            for stretch, rows in wanted.items()
            for row in rows
        ]


def _over_blocks(stretch: Stretch, low: bytes, high: bytes, lower: Block | None, upper: Block | None) -> int:
    """The rows from ``low`` up to but not ``high``, which the floors of these two have before and after them."""
    if upper is None:
        return 0
    if lower is not None and lower.next == upper.head and lower.last < low:
        return upper.within(low, high)
    below = stretch.everything if not upper.next and upper.last < high else upper.below(high)
    return below & ~lower.below(low) if lower is not None else below


def head_of_ids(number: int) -> bytes:
    """The head of the block number ``number`` of the kind `IDS`."""
    return number.to_bytes(4)


def _ids(length: int) -> Prepared:
    statement = _IDS.get(length)
    if statement is None:
        columns = BLOCKS.c
        one = [
            and_(
                columns.stretch_id == bindparam(f"stretch_{number}"),
                columns.kind == bindparam("kind"),
                columns.head == bindparam(f"head_{number}"),
            )
            for number in range(length)
        ]
        statement = _IDS[length] = Prepared(select(columns.stretch_id, columns.head, columns.own).where(or_(*one)))
    return statement


def _apart(found: Sequence[Stretch]) -> list[Stretch]:
    """Without those that overlap one before: two servers may have sealed the same calls at the same time."""
    apart: list[Stretch] = []
    for stretch in found:
        if not apart or stretch.after >= apart[-1].upto:
            apart.append(stretch)
    return apart
