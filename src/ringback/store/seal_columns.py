"""Calls as columns of numbers, a tenth of what rows would take: a stretch may have 65,536 of them."""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ringback.store.call_keys import KINDS, NO_DURATION
from ringback.store.calls import CALLS
from ringback.store.stretch_index import RankedKeys

#: the fields that keys are made of, in the order of `Columns.add`
FIELDS = tuple(dict.fromkeys(field for field, _ in KINDS.values()))
#: texts that are sorted at once: a sort lets no other thread run
_SORTED_AT_ONCE = 4096
#: stands for a number that is missing
_MISSING = -(1 << 63)


class Texts:
    """A column of texts, each of which is held once."""

    def __init__(self) -> None:
        self._known: dict[str | None, int] = {}
        self._codes = array("I")

    def extend(self, texts: Iterable[str | None]) -> None:
        known = self._known
        self._codes.extend(known.setdefault(text, len(known)) for text in texts)

    def ranked(self, key: Callable[[Any], bytes]) -> RankedKeys:
        keys = [key(text) for text in self._known]
        distinct = _in_order(set(keys))
        rank = {each: number for number, each in enumerate(distinct)}
        of_codes = np.fromiter((rank[each] for each in keys), np.uint16, len(keys))
        return RankedKeys(of_codes[np.frombuffer(self._codes, np.uintc)], distinct.__getitem__)

    @property
    def have_nul(self) -> bool:
        return any("\0" in (text or "") for text in self._known)


class Numbers:
    """A column of numbers; ``missing`` stands for those that are missing."""

    def __init__(self, missing: int = _MISSING) -> None:
        self._missing = missing
        self._values = array("q")

    def extend(self, numbers: Iterable[int | None]) -> None:
        missing = self._missing
        self._values.extend(missing if number is None else number for number in numbers)

    def ranked(self, key: Callable[[Any], bytes]) -> RankedKeys:
        distinct, ranks = np.unique(np.frombuffer(self._values, np.int64), return_inverse=True)

        def key_of(rank: int) -> bytes:
            number = int(distinct[rank])
            return key(None if number == self._missing else number)

        return RankedKeys(ranks.astype(np.uint16), key_of)


class Columns:
    """``ids`` of the calls, the oldest first, and what each field holds, as in the database."""

    def __init__(self) -> None:
        self.ids = array("q")
        self._fields: Mapping[str, Texts | Numbers] = {
            field: Texts() if CALLS.is_text(field) else Numbers(NO_DURATION if field == "duration" else _MISSING)
            for field in FIELDS
        }

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Rows of an id and the fields."""
        self.ids.extend(row[0] for row in rows)
        for position, column in enumerate(self._fields.values(), 1):
            column.extend(row[position] for row in rows)

    def ranked(self, kind: str) -> RankedKeys:
        """The calls' keys of this kind."""
        field, key = KINDS[kind]
        return self._fields[field].ranked(key)

    @property
    def have_nul(self) -> bool:
        """Whether they can have no keys: PostgreSQL takes no NUL, SQLite does."""
        return any(column.have_nul for column in self._fields.values() if isinstance(column, Texts))


def _in_order(keys: set[bytes]) -> list[bytes]:
    """Putting together what is sorted already takes a fourth of a whole sort."""
    unsorted = list(keys)
    parts = range(0, len(unsorted), _SORTED_AT_ONCE)
    in_order = [key for first in parts for key in sorted(unsorted[first : first + _SORTED_AT_ONCE])]
    in_order.sort()
    return in_order
