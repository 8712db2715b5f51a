"""`ringback settings`: every setting with its default, its environment variable and its meaning."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from ringback.kernel.catalogue import Setting, settings_in_order


def settings(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WORD]…", help="Only settings that hold this word.")
    ] = None,
) -> None:
    """Shows every setting.

    \b
    Three ways to give one, each stronger than the one before:
      a TOML file      ringback serve --config ringback.toml
      the environment  RINGBACK_HTTP_PORT=8081 ringback serve
      an option        ringback serve --set http.port=8081

    \b
    Examples:
      ringback settings
      ringback settings port
    """
    chosen = [one for one in settings_in_order().values() if all(_holds(one, word) for word in words or ())]
    if not chosen:
        typer.echo(f"No setting holds: {' '.join(words or ())}", err=True)
        raise typer.Exit(1)
    typer.echo("\n\n".join("\n".join(_for_a_terminal(one)) for one in chosen))


def default_text(value: Any) -> str:
    """A default as one would write it in the environment."""
    match value:
        case None | "" | []:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
    return str(value)


def _holds(setting: Setting, word: str) -> bool:
    return word.lower() in f"{setting.name} {setting.variable} {setting.description}".lower()


def _for_a_terminal(setting: Setting) -> Iterator[str]:
    default = default_text(setting.default)
    yield typer.style(f"{setting.name} = {default}" if default else f"{setting.name} (unset)", bold=True)
    yield f"    {setting.description}"
    yield f"    {setting.allowed}; {setting.variable}"
