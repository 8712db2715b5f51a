"""The small parts: codecs, tones, table, timer, level, recorder, reports, messages."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ringback.media import messages
from ringback.media.codec import codecs
from ringback.media.level import SILENCE, level
from ringback.media.messages import Captured
from ringback.media.recorder import Recorder
from ringback.media.reports import mean_opinion
from ringback.media.table import EMPTY, PLAYER_FRAMES, RING_FRAMES, Table
from ringback.media.timer import PERIOD, TickTimer
from ringback.media.tone import frequencies, key_tone


@pytest.mark.parametrize(("name", "silence"), [("PCMU", 0xFF), ("PCMA", 0xD5)])
def test_a_law_is_its_own_inverse(name: str, silence: int) -> None:
    codec = codecs()[name]
    assert codec.silence == silence
    octets = np.arange(256, dtype=np.uint8)
    again = codec.from_samples(codec.to_samples(octets))
    assert (codec.to_samples(again) == codec.to_samples(octets)).all()
    assert EMPTY not in codec.decode


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("PCMU", {0x00: -32124, 0x80: 32124, 0xFF: 0, 0x7F: 0, 0xF0: 120, 0xEF: 132}),
        ("PCMA", {0x2A: -32256, 0xAA: 32256, 0xD5: 8, 0x55: -8, 0x80: 5504}),
    ],
)
def test_values_of_g_711(name: str, values: dict[int, int]) -> None:
    assert {octet: int(codecs()[name].decode[octet]) for octet in values} == values


@pytest.mark.parametrize("name", ["PCMU", "PCMA"])
def test_no_sample_is_off_by_more_than_its_step(name: str) -> None:
    codec = codecs()[name]
    samples = np.arange(-32000, 32000, dtype=np.int16)
    off = np.abs(codec.to_samples(codec.from_samples(samples)).astype(int) - samples)
    assert (off <= np.maximum(np.abs(samples.astype(int)) / 16, 9)).all()


def test_tones() -> None:
    assert frequencies("5") == (770, 1336)
    assert frequencies("d") == (941, 1633)
    with pytest.raises(ValueError, match="no key"):
        frequencies("x")
    assert len(key_tone("1", 100)) == 800


def test_rows_are_given_lowest_first_and_clean() -> None:
    table = Table(3)
    assert [table.add(name, 7) for name in (10, 11, 12)] == [0, 1, 2]
    with pytest.raises(IndexError):
        table.add(13, 7)
    table.received[1] = 5
    table.synced[1] = True
    table.ring[RING_FRAMES + 8] = 1
    table.remove(1)
    assert table.rows == 3
    assert table.add(14, 8) == 1
    assert table.received[1] == 0
    assert (table.ring[RING_FRAMES : 2 * RING_FRAMES] == EMPTY).all()
    for row in (2, 1, 0):
        table.remove(row)
    assert table.rows == 0


@pytest.mark.parametrize("with_descriptor", [True, False])
def test_ticks_come_every_20_ms_without_drift(with_descriptor: bool) -> None:
    import select

    begin = time.monotonic()
    timer = TickTimer(with_descriptor)
    late = []
    while timer.ticks < 10:
        if timer.descriptor is not None:
            select.select([timer.descriptor], [], [], 1)
            timer.clear()
        else:
            time.sleep(max(-timer.lateness, 0))
        while timer.lateness >= 0:
            late.append(timer.lateness)
            timer.ticks += 1
    assert time.monotonic() - begin >= 10 * PERIOD - 0.002
    assert sorted(late)[5] < 0.01
    timer.close()


def test_levels() -> None:
    assert level(0.0) == SILENCE
    assert level(32124.0**2 / 2) == pytest.approx(3.2, abs=0.05)


def test_mos_falls_with_loss_and_delay() -> None:
    assert mean_opinion(0.0, 40) == pytest.approx(4.38, abs=0.05)
    assert mean_opinion(0.0, 40) > mean_opinion(0.01, 40) > mean_opinion(0.05, 40) > mean_opinion(0.3, 40) >= 1.0
    assert mean_opinion(0.0, 40) > mean_opinion(0.0, 400)


def test_captures_are_written_apart_and_told_of(tmp_path: Path) -> None:
    told: list[Captured] = []
    recorder = Recorder(told.append)
    heard = np.arange(3 * 160, dtype=np.int16).reshape(3, 160)
    recorder.start(0, 10, 1, str(tmp_path / "a"))
    recorder.record(heard)
    recorder.start(2, 12, 2, str(tmp_path / "b"))
    for _ in range(30):
        recorder.record(heard)
    recorder.stop(0, 1)
    recorder.record(heard)
    recorder.close()
    assert told == [Captured(10, 1, 31 * 160, ""), Captured(12, 2, 31 * 160, "")]
    assert (np.fromfile(tmp_path / "a", "<i2") == np.tile(heard[0], 31)).all()
    assert (np.fromfile(tmp_path / "b", "<i2") == np.tile(heard[2], 31)).all()


def test_a_capture_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    told: list[Captured] = []
    recorder = Recorder(told.append)
    recorder.start(0, 10, 1, str(tmp_path / "none" / "a"))
    for _ in range(30):
        recorder.record(np.ones((1, 160), dtype=np.int16))
    recorder.close()
    assert told == [Captured(10, 1, 0, "No such file or directory")]


@pytest.mark.parametrize(
    "message",
    [
        messages.UseSocket(1, True),
        messages.Agree(1, ("a", 1), ("b", 2), True, "PCMU", 0, {0: "PCMU"}, None, True, False, 20),
        messages.SendKeys(1, 2, "123", 100, 50, "tone"),
        messages.StopCapture(1, 2),
    ],
)
def test_commands_survive_the_way(message: Any) -> None:
    assert messages.decode_commands(messages.encode([message, message])) == [message, message]


def test_events_survive_the_way() -> None:
    events = [
        messages.Ready(5),
        messages.KeyHeard(1, "5", "event", 20, 1.5),
        messages.Report(1, 2, {"a": 1, "b": None}),
    ]
    assert messages.decode_events(messages.encode(events)) == events


def test_what_many_rows_took_is_given_back_when_none_is_left() -> None:
    table = Table(200)
    for turn in range(2):
        for row in range(100):
            assert table.add(row, 7) == row
            assert (table.ring[row * RING_FRAMES : (row + 1) * RING_FRAMES] == EMPTY).all()
            table.synced[row] = True
            table.ring[row * RING_FRAMES] = table.prepared[row * PLAYER_FRAMES] = turn + 1
        taken = resident(table.ring)
        for row in range(99):
            table.remove(row)
        assert resident(table.ring) == taken
        table.remove(99)
        assert taken - resident(table.ring) > 90 * RING_FRAMES * table.ring[0].nbytes / 1024
        assert not table.ring.any()
        assert not table.prepared.any()


def resident(array: NDArray[np.int16]) -> int:
    """Kilobytes of memory that the array takes (proc(5), smaps)."""
    begin, end, total = array.ctypes.data, array.ctypes.data + array.nbytes, 0
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            first, last = (int(part, 16) for part in line.split()[0].split("-"))
            inside = first < end and begin < last
        elif inside and line.startswith("Rss:"):
            total += int(line.split()[1])
    return total
