"""One entry of a journal in words, for the line of a trace that tells it; SIP messages are drawn, not told."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ringback.kernel.journal import Entry

_HEADING = ("call", "at", "kind")
_CONTENT_NAME = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{24,}")  # sounds in caches are named by their content
_LONGEST_TEXT = 60  # characters of what a verb says


def tell(entry: Entry) -> str:
    """What happened, in one line that is safe to show in a terminal."""
    return printable(_TELLERS.get(str(entry.get("kind")), _anything)(entry))


def printable(text: str) -> str:
    """``text`` in which nothing that a stranger sent can steer the terminal."""
    return "".join(one if one.isprintable() else "�" for one in text)


def _state(entry: Entry) -> str:
    reason = entry.get("reason")
    return f"● {entry.get('status')}" + (f": {reason}" if reason else "")


def _fetch(entry: Entry) -> str:
    purpose = f"{entry['purpose']}: " if entry.get("purpose") else ""
    asked = f"{purpose}{entry.get('method')} {entry.get('url')}"
    if entry.get("cached"):
        return f"{asked} → kept from an earlier call" + (f" ({entry['error']})" if entry.get("error") else "")
    if entry.get("error"):
        return f"{asked} → failed: {entry['error']}"
    answer = [str(entry[name]) for name in ("status", "content_type") if entry.get(name)]
    milliseconds = f" in {_milliseconds(entry['ms'])}" if "ms" in entry else ""
    return f"{asked} → {' '.join(answer)}{milliseconds}"


def _verb(entry: Entry) -> str:
    if "done" in entry:
        reason = entry.get("reason")
        return f"</{entry.get('name')}> {entry['done']}" + (f": {reason}" if reason else "")
    attributes = dict(_mapping(entry.get("attributes")))
    text = _short(str(attributes.pop("text", "")))
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    line = f"   line {entry['line']}" if entry.get("line") else ""
    return f"<{entry.get('name')}{written}>{text}{line}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _key(entry: Entry) -> str:
    length = f", {_milliseconds(entry['ms'])}" if entry.get("ms") else ""
    return f"key {entry.get('digit')} from {entry.get('leg', '?')} (by {entry.get('how')}{length})"


def _play(entry: Entry) -> str:
    what = _CONTENT_NAME.sub(r"\1…", str(entry.get("what")))
    if "done" in entry:
        return f"♪ {what}: {entry['done']}"
    milliseconds = entry.get("ms")
    length = f", {milliseconds / 1000:g} s" if isinstance(milliseconds, int | float) else ""
    return f"♪ {what}{length}{_times(entry.get('loop'))}"


def _times(loop: Any) -> str:
    if loop == 0:
        return ", without end"
    return "" if loop in (None, 1) else f", {loop} times"


def _media(entry: Entry) -> str:
    facts = {name: value for name, value in entry.items() if name not in (*_HEADING, "leg")}
    return f"sound of {entry.get('leg', '?')}: {_pairs(facts)}"


def _fault(entry: Entry) -> str:
    kind = "warning" if entry.get("level") == 1 else "error"
    code = f" {entry['code']}" if entry.get("code") else ""
    place = ", ".join(f"{name} {entry[name]}" for name in ("line", "column") if entry.get(name) is not None)
    return f"{kind}{code}: {entry.get('message')}" + (f" ({place})" if place else "")


def _note(entry: Entry) -> str:
    return str(entry.get("text", ""))


def _anything(entry: Entry) -> str:
    """A kind that is younger than this file."""
    return f"{entry.get('kind')}: " + _pairs({name: value for name, value in entry.items() if name not in _HEADING})


def _milliseconds(value: Any) -> str:
    return f"{value:g} ms" if isinstance(value, int | float) else f"{value} ms"


def _pairs(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_plain(value)}" for name, value in facts.items())


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


_TELLERS: dict[str, Callable[[Entry], str]] = {
    "state": _state,
    "fetch": _fetch,
    "verb": _verb,
    "key": _key,
    "play": _play,
    "media": _media,
    "fault": _fault,
    "note": _note,
}
