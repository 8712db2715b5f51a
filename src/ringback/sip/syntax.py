"""The small grammar that all SIP headers share: tokens, quoted strings, parameters, lists (RFC 3261 §25.1)."""

import re

#: parameters in the order in which they were written; None is the value of one without "="
Params = tuple[tuple[str, str | None], ...]

TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+\Z")
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PARAM = re.compile(rf'\s*;\s*([^\s=;,"<>]+)\s*(?:=\s*({_QUOTED}|[^\s;,"]*)\s*)?', re.DOTALL)
_NAME = re.compile(r'[^\s=;,"<>]+\Z')
_PIECE = re.compile(rf"(?:{_QUOTED}|<[^>]*>|[^,\"<])+", re.DOTALL)


def split_list(text: str) -> list[str]:
    """The elements of a comma-separated list; commas inside quotes and angle brackets do not count.

    Raises `ValueError` when a quote or a bracket is not closed.
    """
    if "," not in text:
        return [text.strip()]
    if '"' not in text and "<" not in text:
        return [piece for part in text.split(",") if (piece := part.strip())]
    pieces: list[str] = []
    position = 0
    while position < len(text):
        if text[position] == ",":
            position += 1
            continue
        match = _PIECE.match(text, position)
        if match is None:
            raise ValueError("a quote or an angle bracket is not closed")
        if piece := match.group().strip():
            pieces.append(piece)
        position = match.end()
    return pieces


def parse_params(text: str) -> Params:
    """``;a=b;c;d="e f"`` → (("a", "b"), ("c", None), ("d", "e f")). Raises `ValueError`."""
    if '"' not in text:
        return _plain_params(text)
    params: list[tuple[str, str | None]] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _PARAM.match(text, position)
        if match is None:
            raise ValueError(f"not a parameter: {text[position : position + 40]!r}")
        name, value = match.groups()
        params.append((name, unquote(value) if value is not None and value[:1] == '"' else value))
        position = match.end()
    return tuple(params)


def _plain_params(text: str) -> Params:
    parts = text.split(";")
    if parts[0].strip():
        raise ValueError(f"not a parameter: {parts[0].strip()[:40]!r}")
    params: list[tuple[str, str | None]] = []
    for part in parts[1:]:
        name, equals, value = part.partition("=")
        name = name.strip()
        if name:
            if not (name.isalnum() or _NAME.match(name)):
                raise ValueError(f"not a parameter: {part[:40]!r}")
            params.append((name, value.strip() if equals else None))
        elif equals:
            raise ValueError("a parameter without a name")
    return tuple(params)


def print_params(params: Params) -> str:
    """The inverse of `parse_params`; values that are no tokens are quoted."""
    return "".join(f";{name}" if value is None else f";{name}={_value(value)}" for name, value in params)


def _value(value: str) -> str:
    return value if TOKEN.match(value) or _HOST.match(value) else quote(value)


_HOST = re.compile(r"\[?[0-9A-Fa-f:.]+\]?\Z")


def get_param(params: Params, name: str) -> str | None:
    """The value of the parameter ``name`` (in lower case); "" when it has none, None when it is absent."""
    for key, value in params:
        if key == name or key.lower() == name:
            return value or ""
    return None


def with_param(params: Params, name: str, value: str | None) -> Params:
    """``params`` with ``name`` set to ``value``, in its place or at the end."""
    changed = tuple((key, value) if key.lower() == name else (key, old) for key, old in params)
    return changed if any(key.lower() == name for key, _ in params) else (*params, (name, value))


def without_param(params: Params, name: str) -> Params:
    """``params`` without ``name``."""
    return tuple(pair for pair in params if pair[0].lower() != name)


def quote(text: str) -> str:
    """``text`` as a quoted string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquote(text: str) -> str:
    """What a quoted string says; other text as it is."""
    if len(text) < 2 or text[0] != '"':
        return text
    inner = text[1:-1]
    return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL) if "\\" in inner else inner
