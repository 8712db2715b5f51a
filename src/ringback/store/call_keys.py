"""The keys of calls in sealed stretches: octets that sort as the values do, and the range of keys of a condition.

A text ends with a NUL, so that a range holds it and none that begins alike; a missing value sorts first, as in lists.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ringback.store.asked import Bounds
from ringback.store.where import Where

#: from the first up to but not the second
Range = tuple[bytes, bytes]
#: added to a number, so that all are positive
_OFFSET = 1 << 62
#: what a missing duration counts as
NO_DURATION = -1
#: after every key
LAST = b"\xff" * 9


def text_key(value: str | None) -> bytes:
    return (value or "").encode() + b"\0"


def reversed_key(value: str) -> bytes:
    return value[::-1].encode() + b"\0"


def number_key(value: int | None) -> bytes:
    return b"" if value is None else (value + _OFFSET).to_bytes(8)


def duration_key(value: int | None) -> bytes:
    return number_key(NO_DURATION if value is None else value)


#: of each kind of key: the field, and how its value becomes one
KINDS: Mapping[str, tuple[str, Callable[[Any], bytes]]] = {
    "to": ("to", text_key),
    "to backwards": ("to", reversed_key),
    "from": ("from_", text_key),
    "from backwards": ("from_", reversed_key),
    "status": ("status", text_key),
    "direction": ("direction", text_key),
    "price": ("price", text_key),
    "duration": ("duration", duration_key),
    "start_time": ("start_time", number_key),
    "end_time": ("end_time", number_key),
    "date_created": ("date_created", number_key),
}
#: about how many blocks there are of each kind in a stretch: fewer where most ranges hold whole stretches
PARTS = {kind: 32 if kind in ("start_time", "end_time", "date_created") else 128 for kind in KINDS}
#: the kind that has a field's values in order
ORDERS = {field: kind for kind, (field, _) in KINDS.items() if not kind.endswith("backwards")}


def moments(bounds: Bounds) -> Range:
    return number_key(bounds[0]), number_key(bounds[1])


def range_of(where: Where) -> tuple[str, Range] | None:
    """The kind of key and the range that say the same as ``where``, unless it is about moments; None: none does."""
    field, value = where.field, where.value
    if field not in ("to", "from_", "status", "direction") or not isinstance(value, str):
        return None
    match where.comparison:
        case "=":
            key = text_key(value)
            return ORDERS[field], (key, key + b"\0")
        case "ends" if field in ("to", "from_") and value:
            start = value[::-1].encode()
            return f"{ORDERS[field]} backwards", (start, start + b"\xff")
    return None
