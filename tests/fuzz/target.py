"""What a fuzz target is, and which there are: one file each in `targets/`."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from tests.fuzz import targets as folder


@dataclass(frozen=True)
class Target:
    """``take`` raises when an input shows a fault: any exception but those that its module knows and judges."""

    take: Callable[[bytes], None]
    #: well-formed inputs to begin with
    seeds: Callable[[], Iterable[bytes]]
    #: pieces that the grammar is made of
    words: tuple[bytes, ...] = ()
    #: octets of the longest input
    most: int = 4096
    #: how many times as long as most others an input takes: where inputs are counted, it gets so many fewer
    dear: int = 1


@cache
def targets() -> Mapping[str, Target]:
    """All targets by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    return {name: importlib.import_module(f"{folder.__name__}.{name}").TARGET for name in names}
