"""Kinds: what values a property can have, how one is read from a parameter, and how it is shown."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from ringback.kernel.clock import in_milliseconds
from ringback.kernel.sid import is_sid

_EMAIL = re.compile(r"[^\s@?=<>()\[\]\\,;:\"]+@[^\s@?=<>()\[\]\\,;:\"]+\Z")
# What the readers below take, as ECMAScript understands it too
_EMAIL_TAKEN: Final = r'[^\s\u0000@?=<>()\[\]\\,;:"]+@[^\s\u0000@?=<>()\[\]\\,;:"]+'
_PRINTED: Final = r"[^\u0000-\u001f\u007f]"
_SOLID: Final = r"[^\s\u0000-\u001f\u007f]"
_FULL_URL_TAKEN: Final = (
    r"[Hh][Tt][Tt][Pp][Ss]?://(?:[^\s\u0000-\u001f\u007f/?#@\[\]]+@)?"
    r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,4})?(?:[/?#]" + _SOLID + "*)?"
)
_PATH_TAKEN: Final = r"/(?:[^\s\u0000-\u001f\u007f/]" + _SOLID + "*)?"
#: a NUL is refused wherever it is
ANY_TAKEN: Final = r"[^\u0000]*"


@dataclass(frozen=True, slots=True)
class Kind:
    """``read`` gives the value of a parameter's text or raises `ValueError` with what is wrong ("is not …").

    ``show`` turns a value into what XML and JSON print (None: as it is). ``empty``: what an empty parameter means.
    ``schema`` is the OpenAPI schema of what is shown; a parameter has ``takes`` besides, and all of its text matches
    ``taken``, an expression without anchors (empty: not for the parameter's text to say).
    """

    schema: dict[str, Any]
    read: Callable[[str], Any] = str
    show: Callable[[Any], Any] | None = None
    empty: Any = None
    is_moment: bool = False
    nested: bool = False
    takes: dict[str, Any] = field(default_factory=dict)
    taken: str = ""


def text(most: int | None = None, pattern: re.Pattern[str] | None = None, meaning: str = "", empty: Any = "") -> Kind:
    """Characters: at most ``most``, all of them matching ``pattern``, which ``meaning`` puts into words."""

    def read(given: str) -> str:
        if most is not None and len(given) > most:
            raise ValueError(f"is longer than {most} characters")
        if pattern is not None and pattern.fullmatch(given) is None:
            raise ValueError(f"'{given}' contains invalid character(s): {meaning}")
        return given

    limits = {"maxLength": most} if most is not None else {}
    taken = pattern.pattern.replace('\\"', '"') if pattern is not None else ANY_TAKEN
    return Kind({"type": "string", **limits}, read, empty=empty, taken=taken)


def choice(values: Sequence[str], default: Any = None) -> Kind:
    """One of ``values``, in any case of letters, shown as written here."""
    known = {value.lower(): value for value in values}

    def read(given: str) -> str:
        if given.lower() not in known:
            raise ValueError(f"'{given}' is not one of {', '.join(values)}")
        return known[given.lower()]

    return Kind({"type": "string", "enum": list(values)}, read, empty=default)


def method() -> Kind:
    """How a URL is requested."""
    return choice(("GET", "POST"), default="POST")


def _read_flag(given: str) -> bool:
    if given.lower() not in ("true", "false"):
        raise ValueError(f"'{given}' is neither true nor false")
    return given.lower() == "true"


def flag(default: Any = None) -> Kind:
    return Kind({"type": "boolean"}, _read_flag, empty=default)


def whole(least: int = 0, most: int = 2**31 - 1, shown: bool = True) -> Kind:
    """A whole number; ``shown`` False: as a string in JSON."""

    def read(given: str) -> int:
        if re.fullmatch(r"[+-]?[0-9]{1,12}", given) is None:
            raise ValueError(f"'{given}' is not a whole number")
        if not least <= int(given) <= most:
            raise ValueError(f"{given} is not between {least} and {most}")
        return int(given)

    if not shown:
        return Kind({"type": "string"}, read, str)
    return Kind({"type": "integer"}, read, takes={"minimum": least, "maximum": most})


def _url(full: bool) -> Callable[[str], str]:
    allowed = "a full URL of http or https" if full else "a URL of http or https, nor a path of this server"

    def read(given: str) -> str:
        try:
            parts = urlsplit(given)
            _ = parts.port
        except ValueError:
            raise ValueError(f"'{given}' is not a URL") from None
        absolute = bool(parts.scheme.lower() in ("http", "https") and parts.hostname)
        is_path = not full and given.startswith("/") and not parts.netloc
        if not (absolute or is_path) or re.search(r"[\s\x00-\x1f\x7f]", given):
            raise ValueError(f"'{given}' is not {allowed}")
        return given

    return read


#: an absolute URL, or a path of this server, as those of the demos
URL: Final = Kind({"type": "string"}, _url(full=False), taken=f"{_FULL_URL_TAKEN}|{_PATH_TAKEN}")
FULL_URL: Final = Kind({"type": "string"}, _url(full=True), taken=_FULL_URL_TAKEN)


def reference(prefix: str) -> Kind:
    """The SID of something else."""

    def read(given: str) -> str:
        if not is_sid(given, prefix):
            raise ValueError(f"'{given}' is not a SID: {prefix} and 32 hexadecimal digits")
        return given

    return Kind({"type": "string"}, read, taken=f"{prefix}[0-9a-f]{{32}}")


def _read_email(given: str) -> str:
    if _EMAIL.match(given) is None or len(given) > 254:
        raise ValueError(f"'{given}' is not a valid address, or contains invalid character(s)")
    return given.lower()


EMAIL: Final = Kind({"type": "string"}, _read_email, takes={"maxLength": 254}, taken=_EMAIL_TAKEN)


def with_plus(given: str) -> str:
    """A leading blank was a ``+`` that its sender did not escape."""
    return "+" + given[1:] if given.startswith(" ") else given


def number(most: int = 256) -> Kind:
    """A phone number or an address of a phone, as somebody wrote it."""

    def read(given: str) -> str:
        given = with_plus(given).strip()
        if not given or len(given) > most or re.search(r"[\x00-\x1f\x7f]", given):
            raise ValueError(f"'{given}' is not a phone number or address of at most {most} characters")
        return given

    taken = f"{_PRINTED}*{_SOLID}{_PRINTED}*"
    return Kind({"type": "string"}, read, takes={"maxLength": most}, taken=taken)


def _read_moment(given: str) -> datetime:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise ValueError(f"'{given}' is not a date, such as 2026-01-31") from None
    return in_milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


MOMENT: Final = Kind({"type": "string", "format": "date-time"}, _read_moment, is_moment=True)
#: seconds, shown as text with a fraction
SECONDS: Final = Kind({"type": "string"}, show=lambda seconds: str(float(seconds)))
#: a value with names and values of its own
TREE: Final = Kind({"type": "object"}, nested=True)
#: any text that we made ourselves
PLAIN: Final = Kind({"type": "string"})
