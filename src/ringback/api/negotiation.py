"""Negotiation: which resource a path names, and whether the answer is XML or JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ringback.api.dialect import DIALECTS, Dialect

#: what follows a recording's SID when its sound is wanted
SOUND: Final = ".wav"
_PREFIXES = sorted(
    ((tuple(prefix.strip("/").split("/")), dialect) for dialect in DIALECTS for prefix in dialect.prefixes),
    key=lambda pair: -len(pair[0]),
)


@dataclass(frozen=True, slots=True)
class Target:
    """``segments``: the path below the prefix, without empty ones and without ``.json``; ``ending``: ``.wav`` or ""."""

    dialect: Dialect
    segments: tuple[str, ...]
    as_json: bool
    ending: str = ""


def wants_json(path: str, target: "Target | None", headers: Mapping[bytes, bytes]) -> bool:
    """Whether a refusal is shown as JSON, also where ``path`` is none of the API's."""
    if target is not None:
        return target.as_json
    return path.rstrip("/").endswith(".json") or b"json" in headers.get(b"accept", b"")


def target_of(path: str, headers: Mapping[bytes, bytes]) -> Target | None:
    """What ``path`` (decoded) names; None: it is not under any of the API's prefixes.

    JSON is asked for by ``.json`` at the end of any segment, or by an Accept header that speaks of json.
    """
    parts = [part for part in path.split("/") if part]
    for prefix, dialect in _PREFIXES:
        if tuple(parts[: len(prefix)]) == prefix:
            rest = parts[len(prefix) :]
            segments = tuple(part.removesuffix(".json") for part in rest)
            as_json = dialect.always_json or segments != tuple(rest) or b"json" in headers.get(b"accept", b"")
            if segments and segments[-1].endswith(SOUND):
                return Target(dialect, (*segments[:-1], segments[-1].removesuffix(SOUND)), as_json, SOUND)
            return Target(dialect, segments, as_json)
    return None
