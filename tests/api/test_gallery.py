"""What comes with Ringback is answered by GET and by POST, without authentication."""

import io
import wave

import pytest
from lxml import etree

from tests.api.conftest import Api


@pytest.fixture
def nobody(api: Api) -> Api:
    return api.login("", "")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["hello-play.xml", "hello-world.xml", "gather/hello-gather.xml"])
async def test_documents(nobody: Api, method: str, path: str) -> None:
    reply = await nobody.ask(method, f"/restcomm/demos/{path}", "CallSid=CA1" if method == "POST" else None)

    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/xml"
    assert etree.fromstring(reply.body).tag == "Response"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_menu_says_the_digits(nobody: Api, method: str) -> None:
    """gather/gather answers with one Say that repeats the Digits."""
    path = "/restcomm/demos/gather/gather"
    reply = await (nobody.ask("POST", path, "Digits=1%3C2") if method == "POST" else nobody.get(f"{path}?Digits=1%3C2"))

    (say,) = etree.fromstring(reply.body)
    assert (say.tag, say.text) == ("Say", "You entered 1 < 2")


@pytest.mark.parametrize(
    ("path", "seconds"),
    [
        ("audio/demo-prompt.wav", 3.9),
        ("audio/ringing.wav", 12.0),
        ("audio/beep.wav", 1.0),
        ("audio/alert.wav", 0.7),
        ("audio/reject.wav", 4.2),
        ("audio/one-second-silence.wav", 1.0),
        ("music/waiting.wav", 40.0),
    ],
)
async def test_sounds(nobody: Api, path: str, seconds: float) -> None:
    """8 kHz, 16 bit, mono; small."""
    reply = await nobody.get(f"/restcomm/{path}")

    assert (reply.status, reply.headers["Content-Type"]) == (200, "audio/wav")
    assert len(reply.body) < 700_000
    with wave.open(io.BytesIO(reply.body)) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 2, 1)
        assert sound.getnframes() / 8000 == pytest.approx(seconds, abs=0.001)


async def test_a_sound_is_not_sent_twice(nobody: Api) -> None:
    path = "/restcomm/audio/beep.wav"
    first = await nobody.get(path)

    again = await nobody.get(path, If_None_Match=first.headers["ETag"])

    assert (again.status, again.body) == (304, b"")
    assert (await nobody.get(path, If_None_Match='"other"')).status == 200


@pytest.mark.parametrize(
    ("wanted", "status", "content_range", "start", "end"),
    [
        ("bytes=0-9", 206, "bytes 0-9/16044", 0, 10),
        ("bytes=16000-", 206, "bytes 16000-16043/16044", 16000, 16044),
        ("bytes=-4", 206, "bytes 16040-16043/16044", 16040, 16044),
        ("bytes=-99999", 206, "bytes 0-16043/16044", 0, 16044),
        ("bytes=16044-", 416, "bytes */16044", 0, 0),
        ("bytes=9-2", 416, "bytes */16044", 0, 0),
        ("bytes=-0", 416, "bytes */16044", 0, 0),
        ("bytes=-", 200, None, 0, 16044),
        ("lines=1-2", 200, None, 0, 16044),
        ("bytes=0-1,4-5", 200, None, 0, 16044),
    ],
)
async def test_ranges(nobody: Api, wanted: str, status: int, content_range: str | None, start: int, end: int) -> None:
    """RFC 9110 §14; what is not understood brings the whole."""
    whole = (await nobody.get("/restcomm/audio/beep.wav")).body

    reply = await nobody.get("/restcomm/audio/beep.wav", Range=wanted)

    assert (reply.status, reply.headers.get("Content-Range")) == (status, content_range)
    assert reply.body == whole[start:end]


@pytest.mark.parametrize(
    "path",
    [
        "demos/nothing.xml",
        "demos/",
        "demos",
        "demos/gather",
        "demos/../__init__.py",
        "demos/%2e%2e/__init__.py",
        "demos/hello-play.xml/more",
        "audio/../../kernel/sid.py",
        "audio/%00",
        "music/__pycache__",
    ],
)
async def test_nothing_else_is_served(nobody: Api, path: str) -> None:
    reply = await nobody.get(f"/restcomm/{path}")
    assert reply.status == 404, reply


async def test_nothing_is_put_there(nobody: Api) -> None:
    assert (await nobody.put("/restcomm/demos/hello-play.xml", "a=b")).status == 405
