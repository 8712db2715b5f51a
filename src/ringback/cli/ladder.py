"""The ladder: a call's journal drawn as arrows between its parties, with everything else told where it happened."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import typer

from ringback.cli.narration import printable, tell
from ringback.cli.sip_line import sip_line
from ringback.kernel.journal import Entry

US = "Ringback"
CALLER = "caller"
_LEFT = 11  # columns for the time
_GAP = 28  # columns from one party to the next


def ladder(entries: Sequence[Entry], *, raw: bool = False, width: int | None = None) -> Iterator[str]:
    """The lines to show. ``raw``: whole messages and bodies too; ``width``: where lines are cut, in columns."""
    if not entries:
        return
    parties = _parties(entries)
    start = float(entries[0]["at"])
    yield typer.style(f"{entries[0]['call']}   {_date(start)}", bold=True)
    yield from _heads(parties, entries)
    rungs = _Rungs(parties, start, width)
    for entry in entries:
        yield rungs.line(entry)
        if raw:
            yield from _whole(entry)
    yield _summary(entries, rungs.repeated)


def _parties(entries: Sequence[Entry]) -> list[str]:
    """Who takes part, from left to right: the caller, we, and whom we call."""
    legs = dict.fromkeys(str(entry["leg"]) for entry in entries if entry["kind"] == "sip" and entry.get("leg"))
    return [*(leg for leg in legs if leg == CALLER), US, *(leg for leg in legs if leg != CALLER)]


def _heads(parties: Sequence[str], entries: Sequence[Entry]) -> Iterator[str]:
    peers = {str(entry.get("leg")): str(entry.get("peer", "")) for entry in reversed(entries) if entry["kind"] == "sip"}
    for texts in ([*parties], [peers.get(party, "") for party in parties]):
        line = " " * _LEFT + "".join(f"{printable(text)[: _GAP - 1]:<{_GAP}}" for text in texts)
        if line.strip():
            yield line.rstrip()


class _Rungs:
    """Draws one line after the other; knows what was sent before and how deep the verbs are nested."""

    def __init__(self, parties: Sequence[str], start: float, width: int | None) -> None:
        self._columns = {party: _LEFT + place * _GAP for place, party in enumerate(parties)}
        self._start = start
        self._width = width
        self._seen: set[tuple[str, str, str]] = set()
        self._depth = 0
        self.repeated = 0

    def line(self, entry: Entry) -> str:
        return self._arrow(entry) if entry["kind"] == "sip" else self._words(entry)

    def _arrow(self, entry: Entry) -> str:
        leg, way, message = str(entry.get("leg", "")), str(entry.get("way")), str(entry.get("message", ""))
        again = (leg, way, message) in self._seen
        self._seen.add((leg, way, message))
        self.repeated += again
        label = sip_line(message) + (" (again)" if again else "")
        here, there = self._columns[US], self._columns.get(leg, self._columns[US] + _GAP)
        row = self._uprights(max(here, there))
        left, right = sorted((here, there))
        row[left + 1 : right] = _shaft(label, right - left - 1, to_the_right=(way == "out") == (there > here))
        return self._cut(self._time(entry) + "".join(row[_LEFT:]), _REPEATED if again else _PLAIN)

    def _words(self, entry: Entry) -> str:
        done = entry["kind"] == "verb" and "done" in entry
        if done:
            self._depth = max(0, self._depth - 1)
        row = self._uprights(self._columns[US])[: self._columns[US] + 1]
        line = self._time(entry) + "".join(row[_LEFT:]) + " " + "  " * self._depth + tell(entry)
        if entry["kind"] == "verb" and not done:
            self._depth += 1
        return self._cut(line, _look_of(entry))

    def _uprights(self, least: int) -> list[str]:
        row = [" "] * (max(least, *self._columns.values()) + 1)
        for column in self._columns.values():
            row[column] = "│"
        return row

    def _time(self, entry: Entry) -> str:
        return f"{float(entry['at']) - self._start:>{_LEFT - 2}.3f}  "

    def _cut(self, line: str, look: "Look") -> str:
        if self._width is not None and len(line) > self._width:
            line = line[: self._width - 1] + "…"
        return (
            line if look == _PLAIN else typer.style(line, dim=look.dim or None, bold=look.bold or None, fg=look.colour)
        )


class Look(NamedTuple):
    """How a line stands out in a terminal."""

    colour: str | None = None
    bold: bool = False
    dim: bool = False


_PLAIN, _REPEATED = Look(), Look(dim=True)


def _shaft(label: str, length: int, to_the_right: bool) -> str:
    label = label if len(label) <= length - 5 else label[: length - 6] + "…"
    line = f" {label} ".center(length - 1, "─")
    return f"{line}▶" if to_the_right else f"◀{line}"


def _look_of(entry: Entry) -> Look:
    match entry:
        case {"kind": "state"}:
            return Look(bold=True)
        case {"kind": "fault", "level": 1}:
            return Look("yellow")
        case {"kind": "fault"} | {"error": _}:
            return Look("red")
    return _PLAIN


def _whole(entry: Entry) -> Iterator[str]:
    """The message itself, or a body that was fetched, under its line."""
    text = str(entry.get({"sip": "message", "fetch": "body"}.get(entry["kind"], ""), ""))
    for line in text.splitlines():
        yield " " * _LEFT + "  " + typer.style(printable(line), dim=True)
    if text:
        yield ""


def _summary(entries: Sequence[Entry], repeated: int) -> str:
    last = next((entry["status"] for entry in reversed(entries) if entry["kind"] == "state"), "unknown")
    seconds = float(entries[-1]["at"]) - float(entries[0]["at"])
    messages = _count(sum(entry["kind"] == "sip" for entry in entries), "SIP message")
    faults = _count(sum(entry["kind"] == "fault" for entry in entries), "fault")
    ended = f"{printable(str(last))} after {seconds:.3f} s"
    return typer.style(f"{ended}: {messages} ({repeated} sent again), {faults}", bold=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "milliseconds").replace("+00:00", " UTC")
