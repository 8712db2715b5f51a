"""The calls that a list finds: a mask for each sealed stretch, and the few that no stretch covers."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from ringback.store.call_keys import number_key
from ringback.store.stretch_index import rows_of
from ringback.store.stretches import Sealed, Stretch

_AGE = "date_created"


class Open(NamedTuple):
    """A call that no stretch covers: its key in the order of the list, its age and id."""

    key: bytes
    age: int
    id: int


class Matching:
    """``masks``: of each stretch, those that are found; ``opened``: the others that are found, in any order."""

    def __init__(
        self, sealed: Sealed, stretches: Sequence[Stretch], masks: Mapping[int, int], opened: Sequence[Open]
    ) -> None:
        self.sealed = sealed
        self.stretches = [each for each in stretches if masks[each.id]]
        self.masks = masks
        self.opened = sorted(opened)
        self._by_age = sorted((each.age, each.id) for each in opened)
        self.total = sum(masks[stretch.id].bit_count() for stretch in self.stretches) + len(self.opened)

    def by_age(self, start: int, stop: int) -> list[int]:
        """The ids of those that are number ``start`` up to but not ``stop`` in order of age, from 0; in any order."""
        wanted: dict[int, Sequence[int]] = {}
        ids: list[int] = []
        at = 0
        for part, n in self._parts():
            first, end = max(start - at, 0), min(stop - at, n)
            if first < end and isinstance(part, Stretch):
                wanted[part.id] = rows_of(self.masks[part.id], first, end)
            elif first < end and isinstance(part, int):
                ids += [number for _, number in self._by_age[part + first : part + end]]
            at += n
        return ids + self.sealed.ids(wanted) if wanted else ids

    def _parts(self) -> Iterator[tuple[Stretch | int, int]]:
        """Stretches, and open calls from the one with a number on, with how many they are; the oldest first."""
        at = 0
        for stretch in self.stretches:
            end = bisect_left(self._by_age, (stretch.upto,))
            if end > at:
                yield at, end - at
            yield stretch, self.masks[stretch.id].bit_count()
            at = end
        if at < len(self._by_age):
            yield at, len(self._by_age) - at

    def older(self, age: int, number: int, *, inclusive: bool) -> int:
        """How many are older than a call of that ``age`` and id; or it itself, when ``inclusive``."""
        count = bisect_left(self._by_age, (age, number + inclusive))
        for stretch in self.stretches:
            if stretch.upto < age:
                count += self.masks[stretch.id].bit_count()
            elif stretch.after < age:
                count += self._older_in(stretch, age, number + inclusive)
        return count

    def _older_in(self, stretch: Stretch, age: int, number: int) -> int:
        """How many of one stretch are older, or of that age with an id below ``number``."""
        key, mask = number_key(age), self.masks[stretch.id]
        older = self.sealed.below(_AGE, key, [stretch])[stretch.id] & mask
        alike = self.sealed.between(_AGE, key, key + b"\0", [stretch])[stretch.id] & mask
        ids = self.sealed.ids({stretch.id: rows_of(alike)}) if alike else []
        return older.bit_count() + sum(other < number for other in ids)

    def below(self, kind: str, key: bytes) -> int:
        """How many have a key of that kind, which is the order's, that is less than ``key``."""
        below = self.sealed.below(kind, key, self.stretches)
        return sum((self.masks[each.id] & below[each.id]).bit_count() for each in self.stretches) + self._opened(key)

    def about_below(self, kind: str, key: bytes) -> tuple[int, int]:
        """The same, at least and at most, from less of the database."""
        floors = self.sealed.counted_floors(kind, key)
        least = most = self._opened(key)
        for stretch in self.stretches:
            if (floor := floors.get(stretch.id)) is not None:
                count = (self.masks[stretch.id] & floor.before).bit_count()
                least, most = least + count, most + count + (floor.n if floor.head < key else 0)
        return least, most

    def between(self, kind: str, low: bytes, high: bytes) -> "Matching":
        """Those whose key of that kind, which is the order's, is from ``low`` up to but not ``high``."""
        between = self.sealed.between(kind, low, high, self.stretches)
        masks = {each.id: self.masks[each.id] & between[each.id] for each in self.stretches}
        return Matching(self.sealed, self.stretches, masks, self.opened[self._opened(low) : self._opened(high)])

    def _opened(self, key: bytes) -> int:
        """How many of the open ones have a key that is less."""
        return bisect_left(self.opened, key, key=attrgetter("key"))
