"""Migrations: bring a database to the schema of this version, at start and by ``ringback migrate``."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ringback.kernel.errors import SettingError
from ringback.store.driver import Driver

#: PostgreSQL's advisory lock that keeps two servers from migrating at once
_LOCK = 0x52494E47


def migrate(driver: Driver) -> tuple[str | None, str]:
    """Runs what is missing; the revisions before and after. Raises `SettingError` for a newer schema."""
    driver.connect().close()  # makes an SQLite file with its write-ahead log
    with driver.engine.connect() as connection:
        if not driver.is_sqlite:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            connection.commit()
        before = revision(connection)
        check(before)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        return before, newest()


def revision(connection: Connection) -> str | None:
    """The schema that the database has; None: it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The schema of this version."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def check(present: str | None) -> None:
    """Raises `SettingError` when this version does not know the schema ``present``."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if present is not None and present not in known:
        raise SettingError(
            f"database_url: the database was made by a newer Ringback (schema {present}, newest known {newest()}); "
            "install that version, or name another database"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
