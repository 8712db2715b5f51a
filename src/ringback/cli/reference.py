"""The reference pages of the documentation, made from the code: `python -m ringback.cli.reference docs/reference`."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from ringback.api.manual import manual
from ringback.cli.settings import default_text
from ringback.kernel.catalogue import settings_in_order
from ringback.kernel.config import CONFIG
from ringback.kernel.settings import Settings
from ringback.rcml.grammar import Rule, grammar_of
from ringback.rcml.tag import kinds_of
from ringback.rcml.verb import Verb

_MADE = "This page is made from the code by `make docs`"


def pages() -> dict[str, str]:
    """Every page by its name."""
    return {"api.md": manual(), "settings.md": "\n".join(_settings()) + "\n", "verbs.md": "\n".join(_verbs()) + "\n"}


def _settings() -> Iterator[str]:
    yield "# Settings"
    yield ""
    yield f"{_MADE}; `ringback settings` shows the same in a terminal."
    yield "How to give a setting: [Configure the server](../how-to/configure.md)."
    yield ""
    yield f"`{CONFIG}` (or `ringback serve --config`) names the TOML file."
    group = None
    for setting in settings_in_order().values():
        if (found := setting.name.rpartition(".")[0]) != group:
            group = found
            yield from _heading(group)
        meaning = f"{setting.description}; {setting.allowed}"
        yield _row(_code(setting.name), _code(default_text(setting.default)), meaning, _code(setting.variable))


def _heading(group: str) -> Iterator[str]:
    section = Settings.model_fields[group].annotation if group else None
    yield ""
    yield f"## `[{group}]`: {(section.__doc__ or '').rstrip('.')}" if group else "## At the top of the file"
    yield ""
    yield from _table("name", "default", "meaning", "environment")


def _verbs() -> Iterator[str]:
    yield "# Verbs of a document"
    yield ""
    yield f"{_MADE}. How to answer with a document: [your own web server](../how-to/own-web-server.md)."
    yield ""
    yield "An attribute whose value does not fit is a warning with its place, and counts as if it were not there."
    for name, verb in sorted(kinds_of(Verb).items()):
        yield from _verb(name, verb)


def _verb(name: str, verb: type[Verb]) -> Iterator[str]:
    grammar = grammar_of(verb)
    yield ""
    yield f"## {name}"
    yield ""
    yield _plain((sys.modules[verb.__module__].__doc__ or "").splitlines()[0])
    if grammar.attributes:
        yield ""
        yield from _table("attribute", "default", "value")
        yield from (
            _row(_code(rule.name), _code(_default(rule)), rule.kind.allowed) for rule in grammar.attributes.values()
        )
    yield ""
    if grammar.content is not None:
        yield f"Content: {grammar.content.kind.allowed}."
    elif grammar.nested:
        yield f"Content: {', '.join(f'`<{inside}>`' for inside in sorted(grammar.nested))}."
    else:
        yield "No content."


def _default(rule: Rule) -> str:
    return default_text(rule.default)


def _table(*heads: str) -> Iterator[str]:
    yield _row(*heads)
    yield "|" + "---|" * len(heads)


def _row(*cells: str) -> str:
    return "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _plain(text: str) -> str:
    """``text`` in which nothing is taken for HTML or a table's border; a tag in it is shown as code."""
    shown = text if text.startswith("`") else re.sub(r"<([^<>]+)>", r"`<\1>`", text)
    return shown.replace("|", "\\|")


def main(folder: Path) -> None:
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
