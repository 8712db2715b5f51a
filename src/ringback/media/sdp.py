"""Session descriptions (RFC 8866, 4566): parse and print are inverse; unknown lines are kept."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence

import msgspec

from ringback.kernel.errors import Refusal

Line = tuple[str, str]
_MEDIA = re.compile(r"(\S+) (\d{1,5})(?:/(\d{1,5}))? (\S+)((?: \S+)+)\Z")
_LINE_END = re.compile(r"\r\n|\n|\r")
_KINDS = frozenset(string.ascii_letters)


class BadSdp(Refusal):
    """What was given is no session description."""

    status = 400
    sip_status = 400


class Media(msgspec.Struct, frozen=True, gc=False):
    """One ``m=`` section: what its line says, and the lines under it."""

    kind: str
    port: int  #: 0: rejected, or not wanted
    protocol: str
    formats: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    ports: int = 1  #: ``49170/2`` asks for two

    def __str__(self) -> str:
        port = str(self.port) if self.ports == 1 else f"{self.port}/{self.ports}"
        return f"{self.kind} {port} {self.protocol} {' '.join(self.formats)}"

    def attributes(self, name: str) -> Iterator[str]:
        """The value of each ``a=name:value`` (``a=name``: empty), in order."""
        return attributes(self.lines, name)

    def attribute(self, name: str) -> str | None:
        return next(self.attributes(name), None)


class SessionDescription(msgspec.Struct, frozen=True, gc=False):
    """The lines of the session, and its media sections."""

    lines: tuple[Line, ...]
    media: tuple[Media, ...] = ()

    @classmethod
    def parse(cls, text: bytes) -> SessionDescription:
        """Raises `BadSdp` with the line that is wrong."""
        session, *sections = _sections(_lines(text))
        if not session or session[0] != ("v", "0"):
            raise BadSdp("the session description does not begin with v=0")
        _check_connections(session)
        return cls(tuple(session), tuple(_media(section) for section in sections))

    def __bytes__(self) -> bytes:
        rows = list(self.lines)
        for media in self.media:
            rows += [("m", str(media)), *media.lines]
        return "".join(f"{kind}={value}\r\n" for kind, value in rows).encode("utf-8", "surrogateescape")

    def attribute(self, name: str) -> str | None:
        return next(attributes(self.lines, name), None)

    def address(self, media: Media) -> str | None:
        """The address where ``media`` is received: its own ``c=``, or the session's."""
        for lines in (media.lines, self.lines):
            for kind, value in lines:
                if kind == "c":
                    return _connection(value)
        return None

    def direction(self, media: Media) -> str:
        """``sendrecv``, ``sendonly``, ``recvonly`` or ``inactive``, as its author sees it (RFC 3264 §5.1)."""
        for lines in (media.lines, self.lines):
            for kind, value in lines:
                if kind == "a" and value in ("sendrecv", "sendonly", "recvonly", "inactive"):
                    return value
        return "sendrecv"


def _lines(text: bytes) -> list[Line]:
    rows: list[Line] = []
    for row in _LINE_END.split(text.decode("utf-8", "surrogateescape").rstrip("\r\n")):
        kind, equals, value = row.partition("=")
        if not equals or kind not in _KINDS:
            raise BadSdp(f"a line of the session description is not of the form x=value: {row[:60]!r}")
        rows.append((kind, value))
    return rows


def _sections(rows: Sequence[Line]) -> list[list[Line]]:
    sections: list[list[Line]] = [[]]
    for row in rows:
        if row[0] == "m":
            sections.append([])
        sections[-1].append(row)
    return sections


def _media(section: Sequence[Line]) -> Media:
    found = _MEDIA.match(section[0][1])
    if found is None or int(found[2]) > 65535:
        raise BadSdp(f"the line m={section[0][1][:60]} is not <media> <port> <protocol> <formats>")
    _check_connections(section)
    ports = int(found[3]) if found[3] else 1
    return Media(found[1], int(found[2]), found[4], tuple(found[5].split()), tuple(section[1:]), ports)


def _check_connections(lines: Sequence[Line]) -> None:
    for kind, value in lines:
        if kind == "c":
            _connection(value)


def _connection(value: str) -> str:
    """``IN IP4 192.0.2.1`` → ``192.0.2.1``; a multicast TTL is cut off."""
    parts = value.split()
    if len(parts) != 3 or parts[0] != "IN" or parts[1] not in ("IP4", "IP6"):
        raise BadSdp(f"the line c={value[:60]} is not IN IP4|IP6 <address>")
    return parts[2].split("/")[0]


def attributes(lines: Sequence[Line], name: str) -> Iterator[str]:
    """The value of each ``a=name:value`` in ``lines``, in order."""
    for kind, value in lines:
        if kind == "a":
            found, _, rest = value.partition(":")
            if found == name:
                yield rest


def network_address(address: str) -> str:
    """``IN IP4 192.0.2.1`` for ``o=`` and ``c=``."""
    return f"IN IP{6 if ':' in address else 4} {address}"
