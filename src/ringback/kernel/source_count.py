"""How many of something are there at once, in all and from each source: connections, unanswered calls."""

from collections import Counter

from ringback.kernel.source import Trusted, source_of


class SourceCount:
    """``most`` in all, ``most_of_one`` from each source that is not trusted."""

    def __init__(self, most: int, most_of_one: int, trusted: Trusted) -> None:
        self.most = most
        self.most_of_one = most_of_one
        self._trusted = trusted
        self._by_source: Counter[str] = Counter()
        self._all = 0

    def __len__(self) -> int:
        return self._all

    def room(self, address: str) -> bool:
        """Whether there may be one more from ``address``."""
        if self._all >= self.most:
            return False
        return self._by_source[source_of(address)] < self.most_of_one or address in self._trusted

    def of(self, address: str) -> int:
        """How many there are from the source of ``address``."""
        return self._by_source[source_of(address)]

    def enter(self, address: str) -> bool:
        """One more, if there is room."""
        if not self.room(address):
            return False
        self._all += 1
        self._by_source[source_of(address)] += 1
        return True

    def leave(self, address: str) -> None:
        """One less, that had entered."""
        source = source_of(address)
        self._all -= 1
        self._by_source[source] -= 1
        if self._by_source[source] <= 0:
            del self._by_source[source]
