"""`ringback settings`: every setting with its default, its environment variable and its meaning."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from ringback.kernel.catalogue import Setting, settings_in_order
from ringback.kernel.config import CONFIG
from ringback.kernel.settings import Settings


def settings(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WORD]…", help="Only settings that hold this word.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", hidden=True)] = False,
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
    if markdown:
        typer.echo(reference_page(), nl=False)
        return
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


def reference_page() -> str:
    """The whole catalogue as a page of the documentation."""
    return "\n".join(_page())


def _holds(setting: Setting, word: str) -> bool:
    return word.lower() in f"{setting.name} {setting.variable} {setting.description}".lower()


def _for_a_terminal(setting: Setting) -> Iterator[str]:
    default = default_text(setting.default)
    yield typer.style(f"{setting.name} = {default}" if default else f"{setting.name} (unset)", bold=True)
    yield f"    {setting.description}"
    yield f"    {setting.allowed}; {setting.variable}"


def _page() -> Iterator[str]:
    yield "# Settings"
    yield ""
    yield "This page is made from the code by `make docs`; `ringback settings` shows the same in a terminal."
    yield "How to give a setting: [Configure the server](../how-to/configure.md)."
    yield ""
    yield f"`{CONFIG}` (or `ringback serve --config`) names the TOML file."
    group = None
    for setting in settings_in_order().values():
        if (found := setting.name.rpartition(".")[0]) != group:
            group = found
            yield from _heading(group)
        default = default_text(setting.default)
        yield (
            f"| `{setting.name}` | {f'`{default}`' if default else ''} | {setting.description.replace('<', '&lt;')}; "
            f"{setting.allowed} | `{setting.variable}` |"
        )
    yield ""


def _heading(group: str) -> Iterator[str]:
    section = Settings.model_fields[group].annotation if group else None
    yield ""
    yield f"## `[{group}]`: {(section.__doc__ or '').rstrip('.')}" if group else "## At the top of the file"
    yield ""
    yield "| name | default | meaning | environment |"
    yield "|---|---|---|---|"
