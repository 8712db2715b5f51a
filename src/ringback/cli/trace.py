"""`ringback trace`: shows one call's journal."""

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ringback.cli.ladder import ladder
from ringback.cli.options import Config, DataDir, Sets, settings_from
from ringback.kernel.clock import SystemClock
from ringback.kernel.settings import Settings
from ringback.store.files import Files
from ringback.store.journal_files import JournalFiles
from ringback.store.journal_segment import segments_in

_SHOWN = 10  # calls named when a prefix fits several


def trace(
    call: Annotated[str, typer.Argument(metavar="CALLSID", help="The call's SID, or its first characters.")] = "",
    last: Annotated[bool, typer.Option("--last", help="The newest call.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Whole SIP messages and fetched documents too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The journal itself: one JSON object a line.")] = False,
    config: Config = None,
    sets: Sets = None,
    data_dir: DataDir = None,
) -> None:
    """Shows what happened in a call: SIP messages, documents fetched, verbs, keys, faults, with the time of each.

    Reads the journals in data_dir; the server may be running.

    \b
    Examples:
      ringback trace --last
      ringback trace CA2f1b --raw
      ringback trace CA2f1b --json | jq 'select(.kind == "sip").message'
    """
    if bool(call) is last:
        _stop("say which call: the first characters of its SID, or --last")
    settings = settings_from(config, sets, data_dir=data_dir)
    journals = JournalFiles(_folder(settings), settings.journal.max_bytes, settings.journal.max_days, SystemClock())
    entries = list(journals.entries(_newest(_folder(settings)) if last else _only(journals, call)))
    for line in map(json.dumps, entries) if as_json else ladder(entries, raw=raw, width=_width()):
        typer.echo(line)


def _folder(settings: Settings) -> Path:
    folder = Files(settings.data_dir).journal
    if not folder.is_dir():
        _stop(f"there are no journals in {folder}; is --data-dir (or --config) that of the server?")
    return folder


def _newest(folder: Path) -> str:
    """The call that began last."""
    for segment in reversed(segments_in(folder)):
        if calls := segment.calls(""):
            return calls[-1]
    _stop("there has been no call yet")


def _only(journals: JournalFiles, prefix: str) -> str:
    calls = journals.find(prefix if prefix.startswith("CA") else f"CA{prefix}")
    if len(calls) != 1:
        _stop(_several(prefix, calls) if calls else f"no call's SID begins with {prefix}")
    return calls[0]


def _several(prefix: str, calls: Sequence[str]) -> str:
    more = f"\n  and {len(calls) - _SHOWN} more" if len(calls) > _SHOWN else ""
    return f"{len(calls)} calls begin with {prefix}:\n  " + "\n  ".join(calls[-_SHOWN:]) + more


def _stop(why: str) -> NoReturn:
    typer.echo(f"ringback trace: {why}", err=True)
    raise typer.Exit(1)


def _width() -> int | None:
    """Columns of the terminal; None when something else reads."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
