"""`ringback migrate`: brings the database to this version's schema, and does nothing else."""

import asyncio

import typer

from ringback.cli.options import Config, DataDir, Sets, refuse, settings_from
from ringback.kernel.errors import SettingError
from ringback.kernel.settings import Settings


def migrate(config: Config = None, sets: Sets = None, data_dir: DataDir = None) -> None:
    """Brings the database to this version's schema.

    `ringback serve` does it by itself at each start; this is for those who want it done before, while no server runs.

    \b
    Examples:
      ringback migrate
      ringback migrate --set database_url=postgresql+psycopg://ringback@db/ringback
    """
    settings = settings_from(config, sets, data_dir=data_dir)
    try:
        asyncio.run(_migrate(settings))
    except SettingError as error:
        refuse(error)
    typer.echo("The database has this version's schema.")


async def _migrate(settings: Settings) -> None:
    from ringback.store.store import Store

    store = await Store.open(settings)
    await store.close()
