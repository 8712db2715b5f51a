"""Cuts the octets of a stream into messages, wherever the segments were split (RFC 3261 §18.3, RFC 5626 §4.4.1)."""

import re

from ringback.sip.message import BadMessage, parse_message

_LENGTH = re.compile(rb"(?:^|\n)(?:content-length|l)[ \t]*:\s*([^\r\n]*)", re.IGNORECASE)
_END = b"\r\n\r\n"


class Framer:
    """One stream's. After a `BadMessage` among the results the stream cannot be understood any more."""

    __slots__ = ("_blanks", "_buffer", "_max", "_need", "_searched", "pings")

    def __init__(self, max_message: int = 65_535) -> None:
        self._max = max_message
        self._buffer = bytearray()
        self._searched = 0
        self._need = 0
        self._blanks = 0
        #: keep-alives (two line ends) that came and want one line end each in return
        self.pings = 0

    @property
    def waits(self) -> bool:
        """Whether a message has begun that is not complete."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[bytes | BadMessage]:
        """The messages that ``data`` completes."""
        self._buffer += data
        found: list[bytes | BadMessage] = []
        while True:
            try:
                message = self._next()
            except BadMessage as bad:
                self._buffer.clear()
                return [*found, bad]
            if message is None:
                return found
            found.append(message)

    def _next(self) -> bytes | None:
        if not self._need and not self._find_end():
            return None
        if len(self._buffer) < self._need:
            return None
        message = bytes(self._buffer[: self._need])
        del self._buffer[: self._need]
        self._need = self._searched = 0
        return message

    def _find_end(self) -> bool:
        """Whether the head is complete; then the message's whole size is known."""
        buffer = self._buffer
        self._take_blanks()
        end = buffer.find(_END, self._searched)
        if end < 0:
            if len(buffer) > self._max:
                raise BadMessage(513, f"a head of more than {self._max} octets")
            self._searched = max(0, len(buffer) - 3)
            return False
        head = bytes(buffer[:end])
        size = end + len(_END)
        self._need = size + (_content_length(head) if size <= self._max else 0)
        if self._need > self._max:
            raise _cannot_go_on(513, f"more than {self._max} octets", head)
        return True

    def _take_blanks(self) -> None:
        """Line ends between messages: two are a ping, one is the answer to ours."""
        buffer = self._buffer
        while buffer[:2] == b"\r\n":
            del buffer[:2]
            self._searched = 0
            self._blanks += 1
            if self._blanks == 2:
                self._blanks = 0
                self.pings += 1
        if buffer and buffer != b"\r":
            self._blanks = 0


def _content_length(head: bytes) -> int:
    """What the head says; 0 when it says nothing."""
    lengths = {length.strip() for length in _LENGTH.findall(head)}
    if not lengths:
        return 0
    length = lengths.pop()
    if lengths or not length.isdigit() or len(length) > 10:
        raise _cannot_go_on(400, "bad Content-Length", head)
    return int(length)


def _cannot_go_on(code: int, why: str, head: bytes) -> BadMessage:
    """With the request as far as its head tells, so that it can be refused."""
    try:
        return BadMessage(code, why, parse_message(head + _END))
    except BadMessage as bad:
        return BadMessage(code, why, bad.partial)
