"""A statement that is compiled once and then handed to the driver as text: an execution costs little more than SQL."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement


class Prepared:
    """A statement whose parameters are named `bindparam`s. ``point``: it touches a few rows that an index finds."""

    __slots__ = ("_compiled", "point", "statement")

    def __init__(self, statement: ClauseElement, *, point: bool = False) -> None:
        self.statement = statement
        self.point = point
        self._compiled: dict[str, tuple[str, dict[str, Any]]] = {}

    def compiled(self, dialect: Dialect) -> tuple[str, dict[str, Any]]:
        """The text for ``dialect``, and the parameters that are constants of the statement."""
        found = self._compiled.get(dialect.name)
        if found is None:
            compiled = self.statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
            constants = {name: value for name, value in compiled.params.items() if value is not None}
            found = self._compiled[dialect.name] = (str(compiled), constants)
        return found

    def call(self, dialect: Dialect, parameters: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """What the driver is given."""
        text, constants = self.compiled(dialect)
        return text, {**constants, **parameters} if constants else parameters
