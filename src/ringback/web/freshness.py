"""How long an answer may be used again without asking (RFC 9111, as a private cache)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from ringback.web.fetched import Fetched

#: without a word from the server: this share of the time since the last change (RFC 9111 §4.2.2), at most so long
_HEURISTIC_SHARE = 0.1
_HEURISTIC_MOST = 3600.0
#: longest that is believed
_MOST = 31_536_000.0
_DIRECTIVE = re.compile(r'([\w-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,;]*)))?')


@dataclass(frozen=True, slots=True)
class Freshness:
    """``seconds`` of use without asking; ``stale_usable``: may be used later still when the server cannot be asked."""

    seconds: float
    stale_usable: bool


def freshness_of(answer: Fetched, now: datetime) -> Freshness:
    """What the headers of ``answer`` (just fetched) allow."""
    said = _directives(answer.header("Cache-Control") or "")
    strict = not said.keys().isdisjoint({"no-store", "no-cache", "must-revalidate"})
    if "no-store" in said or "no-cache" in said:
        return Freshness(0.0, stale_usable=False)
    age = _number(answer.header("Age")) or 0.0
    lifetime = _number(said.get("max-age"))
    if lifetime is None:
        lifetime = _from_dates(answer, now)
    return Freshness(min(max(0.0, lifetime - age), _MOST), stale_usable=not strict)


def _from_dates(answer: Fetched, now: datetime) -> float:
    asked = _date(answer.header("Date")) or now
    if (expires := answer.header("Expires")) is not None:
        until = _date(expires)
        return (until - asked) / timedelta(seconds=1) if until else 0.0  # an unreadable date is past: §5.3
    changed = _date(answer.header("Last-Modified"))
    if changed is None:
        return 0.0
    return min((asked - changed) / timedelta(seconds=1) * _HEURISTIC_SHARE, _HEURISTIC_MOST)


def _directives(value: str) -> dict[str, str]:
    return {found[1].lower(): found[2] or found[3] or "" for found in _DIRECTIVE.finditer(value)}


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 15 else None


def _date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None
