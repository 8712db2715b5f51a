"""A page of a list, with the true total of the whole list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Sort:
    """By one field of the record, ties in the order of insertion; both backwards when ``descending``."""

    field: str
    descending: bool = False


#: the order of a list that names none: the youngest first
YOUNGEST_FIRST = Sort("date_created", descending=True)
OLDEST_FIRST = Sort("date_created")


@dataclass(frozen=True, slots=True)
class Page(Generic[Record]):
    """``records`` of this page; ``total``: how many records the list has over all pages, exactly."""

    records: Sequence[Record]
    total: int
