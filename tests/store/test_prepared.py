"""Prepared statements: each one of a module is text for both databases, without being given anything."""

import pkgutil
from importlib import import_module

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

import ringback.store
from ringback.store.prepared import Prepared

STATEMENTS = [
    pytest.param(statement, id=f"{module.name}.{name}")
    for module in pkgutil.iter_modules(ringback.store.__path__)
    for name, statement in vars(import_module(f"ringback.store.{module.name}")).items()
    if isinstance(statement, Prepared)
]


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("dialect", [sqlite.dialect(paramstyle="named"), postgresql.dialect()], ids=lambda d: d.name)  # type: ignore[no-untyped-call]
def test_a_statement_is_text_before_it_is_given_anything(statement: Prepared, dialect: Dialect) -> None:
    text, _ = statement.compiled(dialect)
    assert text
