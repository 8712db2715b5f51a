"""Pages of a list. Specification, tables 4.18 and 4.19.

Pages are counted upward from 0; ``NumPages`` is how many there are; ``Start`` and ``End`` are the positions of the
first and the last item, counted from 0; ``Total`` is true; every link keeps the filters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ringback.api.form import Form
from ringback.api.representation import escape_attribute
from ringback.kernel.errors import BadParameter
from ringback.kernel.sid import is_sid

DEFAULT_SIZE = 50
MOST_SIZE = 1000
_MOST_DIGITS = 20
_NOT_KEPT = frozenset({"Page", "PageSize", "AfterSid", "PageToken", "NumPages", "Total", "Start", "End"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page is asked for: ``page`` from 0, ``size`` items, those after ``after`` when it is given."""

    page: int = 0
    size: int = DEFAULT_SIZE
    after: str | None = None

    @property
    def offset(self) -> int:
        return self.page * self.size


def wanted_page(query: Form) -> Wanted:
    faults: list[str] = []
    page = _whole(query, "Page", 0, 0, 2**31 - 1, faults)
    size = _whole(query, "PageSize", DEFAULT_SIZE, 1, MOST_SIZE, faults)
    after = query.get("AfterSid") or None
    if after is not None and not is_sid(after):
        faults.append(f"AfterSid '{after}' is not a SID.")
    if faults:
        raise BadParameter(faults, code=20006)
    return Wanted(page, size, after)


def _whole(query: Form, name: str, default: int, least: int, most: int, faults: list[str]) -> int:
    given = query.get(name)
    if given is None or given == "":
        return default
    if not (given.isascii() and given.isdigit() and len(given) <= _MOST_DIGITS and least <= int(given) <= most):
        faults.append(f"{name} '{given[:_MOST_DIGITS]}' is not a whole number from {least} to {most}.")
        return default
    return int(given)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: ``items`` of ``total`` in the whole list; ``last_sid``: where the next page goes on."""

    items: Sequence[Any]
    total: int
    wanted: Wanted
    path: str
    query: Form
    last_sid: str | None

    @property
    def pages(self) -> int:
        return -(-self.total // self.wanted.size)

    def must_exist(self) -> None:
        """Raises `BadParameter`. After full pages there is one more, which is empty: the specification links to it."""
        if self.wanted.page > self.total // self.wanted.size:
            fault = f"Page {self.wanted.page} is beyond the last; there are {self.pages}, counted from 0."
            raise BadParameter([fault], code=20006)

    def facts(self) -> dict[str, int | str]:
        """The attributes of a list in XML and the keys of one in JSON, in their order."""
        start = self.wanted.offset
        last = max(0, self.pages - 1)
        page = self.wanted.page
        return {
            "page": page,
            "num_pages": self.pages,
            "page_size": self.wanted.size,
            "total": self.total,
            "start": start,
            "end": max(start, start + len(self.items) - 1),
            "uri": self.path,
            "first_page_uri": self._link(0),
            "previous_page_uri": self._link(page - 1) if page > 0 else "null",
            "next_page_uri": self._link(page + 1, self.last_sid) if page < last else "null",
            "last_page_uri": self._link(last),
        }

    def link(self, page: int) -> str | None:
        """Where page number ``page`` is; None when there is no such page."""
        if not 0 <= page < max(1, self.pages):
            return None
        return self._link(page, self.last_sid if page == self.wanted.page + 1 else None)

    def _link(self, page: int, after: str | None = None) -> str:
        parameters = [("Page", str(page)), ("PageSize", str(self.wanted.size))]
        if after:
            parameters.append(("AfterSid", after))
        parameters += [(name, value) for name, value in self.query.pairs if name not in _NOT_KEPT]
        return f"{self.path}?{urlencode(parameters)}"

    def attributes(self) -> str:
        """The facts as attributes of the list's element."""
        return "".join(
            f' {name.replace("_", "")}="{escape_attribute(str(value))}"' for name, value in self.facts().items()
        )

    def keys(self) -> dict[str, int | str]:
        """The facts as keys; positions are strings, as they always were."""
        facts = self.facts()
        return {**facts, "start": str(facts["start"]), "end": str(facts["end"])}
