"""Every kind of entry is told in one line, also one that nobody thought of."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.cli.narration import tell


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            {"kind": "fetch", "purpose": "sound", "method": "GET", "url": "http://c/a.wav", "cached": True},
            "sound: GET http://c/a.wav → kept from an earlier call",
        ),
        ({"kind": "state", "status": "ringing"}, "● ringing"),
        ({"kind": "state", "status": "failed", "reason": "no route"}, "● failed: no route"),
        (
            {
                "kind": "fetch",
                "method": "POST",
                "url": "http://x/",
                "status": 200,
                "content_type": "text/xml",
                "ms": 12.5,
            },
            "POST http://x/ → 200 text/xml in 12.5 ms",
        ),
        (
            {"kind": "fetch", "method": "GET", "url": "http://x/", "error": "timed out", "purpose": "status callback"},
            "status callback: GET http://x/ → failed: timed out",
        ),
        ({"kind": "fetch", "method": "GET", "url": "http://x/"}, "GET http://x/ → "),
        ({"kind": "verb", "name": "Play", "line": 3}, "<Play>   line 3"),
        ({"kind": "verb", "name": "Gather", "attributes": {"numDigits": "1"}}, '<Gather numDigits="1">'),
        ({"kind": "verb", "name": "Say", "attributes": {"text": "Hello", "voice": "man"}}, '<Say voice="man">Hello'),
        ({"kind": "verb", "name": "Say", "attributes": {"text": "x" * 99}}, f"<Say>{'x' * 59}…"),
        ({"kind": "verb", "name": "Play", "done": "interrupted"}, "</Play> interrupted"),
        ({"kind": "verb", "name": "Play", "done": "failed", "reason": "404"}, "</Play> failed: 404"),
        (
            {"kind": "key", "digit": "5", "how": "tone", "ms": 120, "leg": "caller"},
            "key 5 from caller (by tone, 120 ms)",
        ),
        ({"kind": "key", "digit": "#", "how": "info", "ms": 0, "leg": "caller"}, "key # from caller (by info)"),
        ({"kind": "play", "what": "hello.wav", "ms": 3200, "loop": 1}, "♪ hello.wav, 3.2 s"),
        ({"kind": "play", "what": "hello.wav", "ms": 3200, "loop": 0}, "♪ hello.wav, 3.2 s, without end"),
        ({"kind": "play", "what": "hello.wav", "ms": 3200, "loop": 3}, "♪ hello.wav, 3.2 s, 3 times"),
        ({"kind": "play", "what": f"{'e54e5166' * 8}.pcm", "done": "played"}, "♪ e54e5166….pcm: played"),
        ({"kind": "play", "what": "hello.wav", "done": "played"}, "♪ hello.wav: played"),
        (
            {"call": "CA1", "at": 1.0, "kind": "media", "leg": "caller", "codec": "PCMU", "lost": 0, "mos": 4.4},
            "sound of caller: codec PCMU, lost 0, mos 4.4",
        ),
        (
            {"kind": "fault", "code": 12100, "level": 0, "message": "no such verb", "line": 3, "column": 5},
            "error 12100: no such verb (line 3, column 5)",
        ),
        ({"kind": "fault", "code": 0, "level": 1, "message": "odd"}, "warning: odd"),
        ({"kind": "note", "text": "moved to http://x/"}, "moved to http://x/"),
        ({"call": "CA1", "at": 1.0, "kind": "transfer", "to": "bob", "after": 1.5}, "transfer: to bob, after 1.5"),
        ({"kind": "note", "text": "a\x1b[31mb\nc"}, "a�[31mb�c"),
    ],
)
def test_the_words_of_an_entry(entry: dict[str, Any], words: str) -> None:
    assert tell(entry) == words


KINDS = st.sampled_from(["state", "fetch", "verb", "key", "play", "media", "fault", "note", "other"])
NAMES = st.sampled_from(
    [
        "status",
        "reason",
        "url",
        "ms",
        "error",
        "name",
        "attributes",
        "line",
        "done",
        "digit",
        "what",
        "loop",
        "code",
        "text",
    ]
)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.dictionaries(st.text(), st.text())
)


@given(KINDS, st.dictionaries(NAMES, VALUES))
def test_a_journal_of_another_version_is_told_as_well_as_can_be(kind: str, facts: dict[str, Any]) -> None:
    assert tell({"call": "CA1", "at": 0.0, "kind": kind, **facts}).isprintable()
