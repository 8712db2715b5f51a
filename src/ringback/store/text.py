"""Text that any database keeps: without NUL, which PostgreSQL refuses, and without halves of a surrogate pair."""

import re
from collections.abc import Mapping
from typing import Any

_REFUSED = re.compile("[\0\ud800-\udfff]")


def storable(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """``parameters`` themselves, or a copy in which U+FFFD stands for what cannot be kept."""
    for value in parameters.values():
        if value.__class__ is str and ("\0" in value or not value.isascii()) and _REFUSED.search(value):
            return {name: _replaced(given) for name, given in parameters.items()}
    return parameters


def _replaced(value: Any) -> Any:
    return _REFUSED.sub("\N{REPLACEMENT CHARACTER}", value) if isinstance(value, str) else value
