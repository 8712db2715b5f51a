"""Forms: the parameters of a request, from its query or its body, with limits on everything."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from ringback.kernel.errors import BadParameter, Refusal

MOST_FIELDS = 1000
_FORM = b"application/x-www-form-urlencoded"


class Form(dict[str, str]):
    """Parameters by name, case-sensitive. Of a repeated name the first value counts; `all` gives every one."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__()
        self.pairs = tuple(pairs)
        for name, value in self.pairs:
            self.setdefault(name, value)

    def all(self, name: str) -> list[str]:
        return [value for other, value in self.pairs if other == name]


def parse_form(encoded: bytes) -> Form:
    """``encoded`` is urlencoded UTF-8. Raises `BadParameter` for anything else, too many fields, or a NUL."""
    if not encoded:
        return Form()
    try:
        text = encoded.decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise BadParameter(["The parameters are not UTF-8, urlencoded."], code=20001) from None
    except ValueError:
        raise BadParameter([f"There are more than {MOST_FIELDS} parameters."], code=20001) from None
    if "\0" in text or "%00" in text:
        raise BadParameter(_with_nul(pairs), code=20001)
    return Form(pairs)


def _with_nul(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [
        f"{name.replace(chr(0), '')} holds a NUL character, which no text can hold here."
        for name, value in pairs
        if "\0" in name or "\0" in value
    ]


Receive = Callable[[], Awaitable[Any]]


async def read_form(headers: Mapping[bytes, bytes], receive: Receive, most: int) -> tuple[Form, bytes]:
    """The form in a request's body, and the body. 413 above ``most`` octets, 415 for another content type."""
    body = await _read_body(headers, receive, most)
    if body:
        _must_be(_FORM, headers)
    return parse_form(body), body


async def read_text(headers: Mapping[bytes, bytes], receive: Receive, most: int, content_type: bytes) -> str:
    """A body that is text of ``content_type``."""
    body = await _read_body(headers, receive, most)
    _must_be(content_type, headers)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadParameter(["The body is not UTF-8."]) from None
    if "\0" in text:
        raise BadParameter(["The body holds a NUL character, which no text can hold here."])
    return text


def _must_be(wanted: bytes, headers: Mapping[bytes, bytes]) -> None:
    kind = headers.get(b"content-type", _FORM).partition(b";")[0].strip().lower()
    if kind != wanted:
        raise Refusal(
            f"A body of type {kind.decode('latin-1')} is not understood here; send {wanted.decode()}.", status=415
        )


async def _read_body(headers: Mapping[bytes, bytes], receive: Receive, most: int) -> bytes:
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > most:
        raise _too_large(most)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal("The request ended before its body did.", status=400)
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(most)
        if not message.get("more_body", False):
            return bytes(body)


def _too_large(most: int) -> Refusal:
    return Refusal(f"The body is larger than {most} octets (setting http.max_body).", status=413)
