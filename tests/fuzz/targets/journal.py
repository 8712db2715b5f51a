"""A journal segment of any octets: a call's entries are found the same with and without the index, torn ones never."""

import tempfile
from functools import cache
from pathlib import Path

import msgspec

from ringback.store.journal_segment import Segment
from tests.fuzz.target import Target

_ALICE, _BOB = "CA" + "a1" * 16, "CA" + "b2" * 16


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="ringback-fuzz-")


def _take(octets: bytes) -> None:
    segment = Segment.numbered(Path(_folder().name), 1)
    segment.delete()
    segment.path.write_bytes(octets)
    plain = [list(segment.entries(call)) for call in (_ALICE, _BOB)]
    segment.calls("CA")
    segment.write_index()
    assert segment.index_path.stat().st_size <= 32 * (octets.count(b"\n") + 1)
    for call, entries in zip((_ALICE, _BOB), plain, strict=True):
        assert list(segment.entries(call)) == entries
        assert segment.last(call) == (entries[-1] if entries else None)
        if entries:
            assert call in segment.calls("CA")
            assert call in segment.calls(call[:9])


def _lines(*calls: str) -> bytes:
    return b"".join(
        msgspec.json.encode({"call": call, "at": 1.5, "kind": "note", "text": "é\n"}) + b"\n" for call in calls
    )


TARGET = Target(
    _take,
    lambda: (_lines(_ALICE, _BOB, _ALICE), _lines(_BOB, _ALICE)[:-9], _lines("other", _ALICE) + b'{"call":"x"}\n', b""),
    (b'{"call":"', _ALICE.encode(), _BOB.encode(), b'"}\n', b"\n", b'","kind":"'),
    2000,
)
