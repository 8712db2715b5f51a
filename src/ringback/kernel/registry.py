"""Finds features that add themselves: one file in a folder is one feature."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import TypeVar

Kind = TypeVar("Kind")


def modules_of(package: str) -> Iterator[ModuleType]:
    """Imports every module of the package named ``package``, in the order of their names."""
    folder = importlib.import_module(package)
    for found in sorted(pkgutil.iter_modules(folder.__path__), key=lambda module: module.name):
        yield importlib.import_module(f"{package}.{found.name}")


def instances_in(package: str, kind: type[Kind]) -> Iterator[Kind]:
    """Every object of type ``kind`` that a module of ``package`` holds under a public name, each once."""
    seen: set[int] = set()
    for module in modules_of(package):
        for name, value in vars(module).items():
            if isinstance(value, kind) and not name.startswith("_") and id(value) not in seen:
                seen.add(id(value))
                yield value


def classes_in(package: str, kind: type[Kind]) -> Iterator[type[Kind]]:
    """Every proper subclass of ``kind`` that a module of ``package`` itself defines."""
    for module in modules_of(package):
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, kind)
                and value is not kind
                and value.__module__ == module.__name__
            ):
                yield value
