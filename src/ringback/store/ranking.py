"""Which of the calls that are found lie between two numbers in the order of a field, without looking at the others.

The first keys of all blocks, in order, cut the calls into intervals. How many lie before such a key is counted by
masks; a few guesses find an interval that holds the numbers and few calls besides, or calls that all have one key.
"""

from bisect import bisect_left
from itertools import accumulate, groupby
from operator import itemgetter

from ringback.store.call_keys import LAST
from ringback.store.matching import Matching
from ringback.store.stretch_index import octets_of

#: most calls that are looked at one by one, besides those that are wanted
_FEW = 400
#: blocks that cost as much as a guess
_FEW_BLOCKS = 100
#: guesses by proportion, before the rest is halved
_GUESSES = 4


class Ranking:
    """The order of the keys of one kind, ties in order of age."""

    def __init__(self, found: Matching, kind: str) -> None:
        self._found = found
        self._kind = kind
        self._edges, self._ranks = self._intervals()
        self._counts = {0: 0, len(self._edges) - 1: found.total}
        self._bounds: dict[int, tuple[int, int]] = {}

    def ids(self, start: int, stop: int) -> list[int]:
        """The ids of those that are number ``start`` up to but not ``stop``, from 0; in any order."""
        if start >= stop:
            return []
        low, high = self._bracket(start, stop)
        before = self._count(low)
        if low == high:
            return self.ids(start, before) + self.ids(before, stop)
        if high - low == 1 and self._count(high) - before > _FEW + stop - start:
            return self._of_one_interval(low, start, stop)
        return self._one_by_one(self._edges[low], self._edges[high], start - before, stop - before)

    def _intervals(self) -> tuple[list[bytes], list[int]]:
        """Where intervals begin and the last ends, and about how many calls of the stretches lie before each."""
        known = {each.id for each in self._found.stretches}
        heads = [(head, n) for stretch, head, n in self._found.sealed.heads(self._kind) if stretch in known]
        heads.sort()
        edges = [(head, sum(n for _, n in group)) for head, group in groupby(heads, itemgetter(0))]
        return [b"", *(head for head, _ in edges), LAST], [0, 0, *accumulate(n for _, n in edges)]

    def _count(self, edge: int) -> int:
        """How many come before an edge."""
        if edge not in self._counts:
            self._counts[edge] = self._found.below(self._kind, self._edges[edge])
        return self._counts[edge]

    def _about(self, edge: int) -> tuple[int, int]:
        """How many come before an edge, at least and at most."""
        if edge in self._counts:
            return self._counts[edge], self._counts[edge]
        if edge not in self._bounds:
            self._bounds[edge] = self._found.about_below(self._kind, self._edges[edge])
        return self._bounds[edge]

    def _bracket(self, start: int, stop: int) -> tuple[int, int]:
        """Edges with ``start`` up to ``stop`` and little else between them; twice the same: one in the middle of it."""
        low, high, guesses = 0, len(self._edges) - 1, 0
        blocks = _FEW_BLOCKS + (stop - start) * high // self._found.total
        few = _FEW + stop - start
        while high - low > 1 and (high - low > blocks or self._about(high)[1] - self._about(low)[0] > few):
            guess = self._guess(low, high, start, stop) if guesses < _GUESSES else (low + high) // 2
            guesses += 1
            least, most = self._about(guess)
            if least < stop and most > start:
                least = most = self._count(guess)
            if most <= start:
                low = guess
            elif least >= stop:
                high = guess
            else:
                return guess, guess
        return low, high

    def _guess(self, low: int, high: int, start: int, stop: int) -> int:
        """The edge where the wanted would begin or end if those that are found were spread evenly."""
        first, end = self._about(low)[0], self._about(high)[1]
        margin = min(_FEW // 4, self._found.total * _FEW_BLOCKS // len(self._edges) // 4)
        aim = start - margin if start - first > end - stop else stop + margin
        share = (aim - first) / max(1, end - first)
        rank = self._ranks[low] + share * (self._ranks[high] - self._ranks[low])
        return min(max(bisect_left(self._ranks, rank), low + 1), high - 1)

    def _of_one_interval(self, edge: int, start: int, stop: int) -> list[int]:
        """Many in one interval: most have its first key, and are in order of age."""
        low, high = self._edges[edge], self._edges[edge + 1]
        first = self._found.between(self._kind, low, low + b"\0")
        before = self._count(edge)
        end = before + first.total
        ids = first.by_age(start - before, min(stop, end) - before) if start < end else []
        if stop > end:
            ids += self._one_by_one(low + b"\0", high, max(start, end) - end, stop - end)
        return ids

    def _one_by_one(self, low: bytes, high: bytes, start: int, stop: int) -> list[int]:
        """Of those from ``low`` up to but not ``high``, by sorting them."""
        found, sealed = self._found, self._found.sealed
        stretches = {each.id: each for each in found.stretches}
        blocks = [*sealed.floors(self._kind, low).items(), *sealed.after_floor(self._kind, low, high)]
        masks = {each.id: octets_of(found.masks[each.id]) for each in found.stretches}
        entries = [
            (key, stretches[number].upto, row, number)
            for number, block in blocks
            if number in stretches
            for key, row in block.entries(low, high, masks[number])
        ]
        entries += [(each.key, each.age, each.id, 0) for each in found.opened if low <= each.key < high]
        entries.sort()
        wanted: dict[int, list[int]] = {}
        for _, _, row, number in entries[start:stop]:
            wanted.setdefault(number, []).append(row)
        ids = wanted.pop(0, [])
        return ids + sealed.ids(wanted) if wanted else ids
