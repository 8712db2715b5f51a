"""The shelter: where changes stay while the database takes nothing: on the disk, else in memory, else nowhere.

What can be asked for again is refused instead. What stays in memory only is not yet reported as kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from ringback.store.outage import Outage
from ringback.store.spool import Group, Spool
from ringback.store.unit import Unit, fail
from ringback.store.writing import Entry, Recorder

#: units that may wait in memory when the spool takes no more
HELD_MOST = 10_000
_log = structlog.get_logger("ringback.store")


@dataclass(frozen=True, slots=True)
class Load:
    """What the spool gave, as far as the database lacks it; it is committed as the group ``number``.

    ``strange``: entries that no change could be made of, and why.
    """

    groups: Sequence[Group]
    units: Sequence[Unit]
    number: int
    strange: Sequence[tuple[list[Entry], str]]


class Shelter:
    """Belongs to the writer's thread. ``recorders``: by table, who makes changes of entries."""

    def __init__(self, spool: Spool, recorders: Mapping[str, Recorder]) -> None:
        self.spool = spool
        self._recorders = recorders
        self._held: list[tuple[int, list[Unit]]] = []

    def put_by(self, units: Sequence[Unit], number: int, outage: Outage, *, doubtful: bool) -> list[Unit]:
        """Puts the records among ``units`` by as the group ``number``; those units whose fate is known now."""
        asked = [unit for unit in units if not unit.recorded]
        fail(asked, outage.doubt() if doubtful else outage.refusal())
        recorded = [unit for unit in units if unit.recorded]
        if recorded:
            self._held.append((number, recorded))
        return [*asked, *self._spool_held(outage), *self._lose_rest(outage)]

    @property
    def count(self) -> int:
        """Units that wait here."""
        return self.spool.count + sum(len(units) for _, units in list(self._held))

    def oldest(self, most: int, mark: int) -> Load | None:
        """The oldest ``most`` units or somewhat more; of groups up to ``mark`` the database has all."""
        groups = self.spool.oldest(most)
        missing = [entries for group in groups if group.number > mark for entries in group.units]
        units: list[Unit] = []
        strange: list[tuple[list[Entry], str]] = []
        for entries in missing:
            try:
                units.append(self._unit(entries))
            except Exception as error:
                strange.append((entries, f"this version cannot make it ({type(error).__name__}: {error})"))
        return Load(groups, units, max(mark, groups[-1].number), strange) if groups else None

    def took(self, load: Load, outage: Outage) -> None:
        """The database has ``load``."""
        for unit in load.units:
            if unit.error is not None:
                self.spool.set_aside(unit.entries, str(unit.error))
        for entries, why in load.strange:
            self.spool.set_aside(entries, why)
        outage.brought += sum(unit.error is None for unit in load.units)
        self.spool.took(load.groups)

    def held(self) -> list[tuple[int, list[Unit]]]:
        """What waits in memory, behind the spool."""
        return list(self._held)

    def took_held(self, outage: Outage) -> None:
        """The database has the oldest group of it."""
        _, units = self._held.pop(0)
        outage.brought += len(units)

    def give_up(self, outage: Outage) -> list[Unit]:
        """At the end: what is on the disk waits for the next start; what is in memory is lost."""
        lost = [unit for _, units in self._held for unit in units]
        self._held.clear()
        fail(lost, outage.refusal())
        if lost:
            _log.error("changes are lost: the database is in trouble at the end", changes=len(lost))
        return lost

    def _spool_held(self, outage: Outage) -> list[Unit]:
        known: list[Unit] = []
        while self._held:
            number, units = self._held.pop(0)
            try:
                self.spool.append(number, [unit.entries for unit in units])
            except OSError as error:
                self._held.insert(0, (number, units))
                outage.overflow(error.strerror or str(error))
                break
            except Exception as error:
                if len(units) > 1:  # each by itself: one of them is what no file can hold
                    self._held[:0] = [(number, [unit]) for unit in units]
                    continue
                fail(units, error)
            else:
                fail(units, None)
            known += units
        return known

    def _lose_rest(self, outage: Outage) -> list[Unit]:
        """The youngest go first: what comes later is of no use without what came before."""
        surplus = sum(len(units) for _, units in self._held) - HELD_MOST
        if surplus <= 0:
            return []
        _, youngest = self._held[-1]
        lost = youngest[-surplus:]
        del youngest[-surplus:]
        if not youngest:
            self._held.pop()
        fail(lost, outage.refusal())
        outage.lose(len(lost))
        return lost

    def _unit(self, entries: list[Entry]) -> Unit:
        """Raises whatever an entry of another version makes it raise."""
        return Unit([self._recorders[entry.table](entry) for entry in entries], recorded=True)
