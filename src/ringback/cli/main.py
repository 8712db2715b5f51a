"""`ringback`: all commands under one name, in the order that help shows them."""

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ringback import __version__
from ringback.cli.doctor import doctor
from ringback.cli.migrate import migrate
from ringback.cli.serve import serve
from ringback.cli.settings import settings
from ringback.cli.trace import trace

INTERRUPTED = 130  # exit code, as a shell has it


class Commands(TyperGroup):
    """The commands; the telephone, with all of SIP and sound, is loaded only when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return ["serve", "phone", *(name for name in super().list_commands(ctx) if name != "serve")]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name != "phone":
            return super().get_command(ctx, cmd_name)
        from ringback.testing.terminal_phone import phone_app

        phone = typer.main.get_command(phone_app)
        phone.short_help = "A telephone in the terminal."
        return phone


app = typer.Typer(
    name="ringback",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(short_help="Start the server.")(serve)
app.command(short_help="Show what happened in a call, message by message.")(trace)
app.command(short_help="Show every setting.")(settings)
app.command(short_help="Check what the server needs.")(doctor)
app.command(short_help="Bring the database to this version's schema.")(migrate)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"Ringback {__version__}")
        raise typer.Exit


@app.callback()
def ringback(
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """The phone system that developers program with web pages.

    \b
    Examples:
      ringback serve                                  start the server
      ringback phone --register alice:1234 --answer   a telephone in the terminal
      ringback trace --last                           the newest call, message by message
    """


def main() -> None:
    """The program `ringback`."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
