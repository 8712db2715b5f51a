"""Dialects: the two ways in which the same resources are shown, each under its own prefixes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

import msgspec

API_VERSION: Final = "2012-04-24"
#: writes a date in a tenth of the time that `datetime.isoformat` takes, and a list has 200 of them
_encode = msgspec.json.Encoder().encode
_FRACTIONS: Final = [f".{millisecond:03}+00:00" for millisecond in range(1000)]


@dataclass(frozen=True, slots=True)
class Dialect:
    """``prefixes`` without slashes at their ends; ``created`` and ``deleted`` are the statuses of success."""

    name: str
    prefixes: tuple[str, ...]
    created: int
    deleted: int
    always_json: bool
    api_version: str

    def moment(self, value: datetime) -> str:
        """A date as this dialect writes it; ``value`` has a zone."""
        if self is TWILIO:
            return format_datetime(value)
        if value.tzinfo is not UTC:
            return value.isoformat(timespec="milliseconds")
        return _encode(value)[1:20].decode() + _FRACTIONS[value.microsecond // 1000]


RESTCOMM: Final = Dialect(
    name="Restcomm",
    prefixes=("/restcomm/2012-04-24", "/restcomm/2010-04-01", "/2012-04-24"),
    created=200,
    deleted=200,
    always_json=False,
    api_version=API_VERSION,
)
TWILIO: Final = Dialect(
    name="Twilio",
    prefixes=("/2010-04-01",),
    created=201,
    deleted=204,
    always_json=True,
    api_version="2010-04-01",
)
DIALECTS: Final = (RESTCOMM, TWILIO)
