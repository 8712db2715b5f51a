"""Sorting of a list: ``SortBy=Field`` or ``SortBy=Field:desc`` by one of the fields that its resource names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ringback.api.form import Form
from ringback.api.names import attribute_of
from ringback.kernel.errors import BadParameter
from ringback.store.page import OLDEST_FIRST, YOUNGEST_FIRST, Sort

_DIRECTIONS: Final[Mapping[str, bool]] = {"": False, "asc": False, "desc": True}


@dataclass(frozen=True, slots=True)
class Sorting:
    """``fields``: CamelCase names that may be sorted by; another one is passed over."""

    fields: tuple[str, ...] = ()
    usual: Sort = YOUNGEST_FIRST

    def wanted(self, query: Form) -> Sort:
        """Raises `BadParameter` for an expression that is not understood."""
        given = query.get("SortBy")
        if not given:
            return OLDEST_FIRST if _reversed(query.get("Reverse", "")) else self.usual
        name, _, direction = given.partition(":")
        if not name:
            raise BadParameter(["Error parsing the SortBy parameter: missing field to sort by."], code=20001)
        if direction.lower() not in _DIRECTIONS:
            raise BadParameter(
                ["Error parsing the SortBy parameter: the direction must be either ASC or DESC."], code=20001
            )
        if name not in self.fields:
            return self.usual
        return Sort(attribute_of(name), _DIRECTIONS[direction.lower()])


def _reversed(given: str) -> bool:
    if given.lower() not in ("", "true", "false"):
        raise BadParameter([f"Reverse '{given}' is neither true nor false."], code=20001)
    return given.lower() == "true"
