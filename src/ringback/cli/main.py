"""`ringback`: all commands under one name."""

from importlib.metadata import version
from typing import Annotated

import typer

app = typer.Typer(name="ringback", no_args_is_help=True, pretty_exceptions_enable=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"Ringback {version('ringback')}")
        raise typer.Exit


@app.callback()
def ringback(
    _: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """The phone system that developers program with web pages."""


def main() -> None:
    app()
