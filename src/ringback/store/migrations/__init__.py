"""Migrations: bring a database to the schema of this version, at start and by ``ringback migrate``.

alembic is loaded only when there is something to do: it takes longer than all the rest of the start.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from ringback.kernel.errors import SettingError
from ringback.store.driver import Driver

#: PostgreSQL's advisory lock that keeps two servers from migrating at once
_LOCK = 0x52494E47


def migrate(driver: Driver) -> tuple[str | None, str]:
    """Runs what is missing; the revisions before and after. Raises `SettingError` for a newer schema."""
    driver.make()
    with driver.engine.connect() as connection:
        if not driver.is_sqlite:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        before = revision(connection)
        check(before)
        if before != newest():
            _upgrade(connection)
        connection.commit()
        return before, newest()


def revision(connection: Connection) -> str | None:
    """The schema that the database has; None: it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return str(row[0]) if row is not None else None


def newest() -> str:
    """The schema of this version: revisions are numbered, and their files begin with the number."""
    return _known()[-1]


def check(present: str | None) -> None:
    """Raises `SettingError` when this version does not know the schema ``present``."""
    if present is not None and present not in _known():
        raise SettingError(
            f"database_url: the database was made by a newer Ringback (schema {present}, newest known {newest()}); "
            "install that version, or name another database"
        )


def _known() -> list[str]:
    return sorted(path.name[:4] for path in (Path(__file__).parent / "versions").glob("[0-9]*.py"))


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
