"""An application: where a call gets its document, and where it goes when that fails."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Application:
    """``url`` and ``fallback_url`` are absolute; the methods are GET or POST."""

    url: str
    method: str = "POST"
    fallback_url: str | None = None
    fallback_method: str = "POST"
