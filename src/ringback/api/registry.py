"""The registry: everything that a page in `resources` makes."""

from functools import cache
from typing import Any

from ringback.api.place import Place
from ringback.api.resource import Resource
from ringback.kernel.registry import instances_in

_PAGES = "ringback.api.resources"


@cache
def resources() -> "tuple[Resource[Any], ...]":
    """All resources, in the order of their pages' names."""
    return tuple(instances_in(_PAGES, Resource))


@cache
def places() -> tuple[Place, ...]:
    """All places that are not resources, in that order."""
    return tuple(instances_in(_PAGES, Place))
