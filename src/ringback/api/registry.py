"""The registry: every resource that a page in `resources` makes."""

from functools import cache
from typing import Any

from ringback.api.resource import Resource
from ringback.kernel.registry import instances_in


@cache
def resources() -> "tuple[Resource[Any], ...]":
    """All resources, in the order of their pages' names."""
    return tuple(instances_in("ringback.api.resources", Resource))
