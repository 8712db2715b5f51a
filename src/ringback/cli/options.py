"""Options that commands share, and the settings that come of them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ringback.kernel.config import load_settings
from ringback.kernel.errors import SettingError
from ringback.kernel.settings import Settings

BAD_SETTING = 2  # exit code

Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="TOML file with settings (also: RINGBACK_CONFIG)."),
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Any setting by its name; may be repeated. See `ringback settings`."
    ),
]
HttpHost = Annotated[str | None, typer.Option("--http-host", metavar="ADDRESS", help="Address for HTTP [http.host].")]
HttpPort = Annotated[str | None, typer.Option("--http-port", metavar="PORT", help="Port for HTTP [http.port].")]
SipHost = Annotated[str | None, typer.Option("--sip-host", metavar="ADDRESS", help="Address for SIP [sip.host].")]
SipPort = Annotated[str | None, typer.Option("--sip-port", metavar="PORT", help="Port for SIP [sip.port].")]
DataDir = Annotated[str | None, typer.Option("--data-dir", metavar="FOLDER", help="Folder for all data [data_dir].")]


def settings_from(config: Path | None = None, sets: Iterable[str] | None = None, **named: str | None) -> Settings:
    """The settings; ``named`` are options of their own (``http__port``: http.port). A bad one ends the program."""
    try:
        options = dict(_pair(text) for text in sets or ())
        options |= {name.replace("__", "."): value for name, value in named.items() if value is not None}
        return load_settings(config, None, options)
    except SettingError as error:
        refuse(error)


def refuse(error: SettingError) -> NoReturn:
    """Says which settings are bad, a line each, and ends the program."""
    for line in str(error).splitlines():
        typer.echo(f"ringback: {line}", err=True)
    raise typer.Exit(BAD_SETTING)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise SettingError(f"--set {text}: must be NAME=VALUE, for example --set http.port=8081")
    return name.strip(), value.strip()
