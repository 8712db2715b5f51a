"""The engine with its worker processes, over real loopback sockets."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import uvloop

from ringback.kernel.errors import Refusal, SettingError
from ringback.media.codec import codecs
from ringback.media.engine import Engine, Key, Stream
from ringback.media.sound import BadSound, Sound
from tests.media.hand import find, noise, packets, rtp, udp

PCMU = codecs()["PCMU"]


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    made = await Engine.start(host="127.0.0.1", first_port=0, ports=8, workers=1)
    yield made
    await made.stop()


def stored(folder: Path, samples: np.ndarray, name: str = "sound") -> Sound:
    samples.astype("<i2").tofile(folder / name)
    return Sound(folder / name, len(samples))


async def connected(engine: Engine) -> tuple[Stream, Stream]:
    caller = await engine.open()
    offer = caller.offer()
    callee = await engine.open(offer)
    caller.accept(callee.answer(offer))
    return caller, callee


def offer_of(peer: socket.socket, *lines: str) -> bytes:
    port = peer.getsockname()[1]
    rest = [f"m=audio {port} RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000", *lines]
    return "\r\n".join(["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", *rest, ""]).encode()


async def until(so: Callable[[], bool], seconds: float = 6.0) -> None:
    """What another process does shows only in its effects."""
    end = time.monotonic() + seconds
    for pause in itertools.repeat(0.02):
        if so():
            return
        assert time.monotonic() < end, "it never came so"
        await asyncio.sleep(pause)


async def all_received(stream: Stream, count: int) -> None:
    for pause in itertools.repeat(0.005, 1000):
        if (await stream.report()).received >= count:
            return
        await asyncio.sleep(pause)
    raise AssertionError("it never came so")


async def received(peer: socket.socket, timeout: float = 2.0) -> bytes:
    return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(peer, 2000), timeout)


async def test_a_prompt_arrives_sample_by_sample(engine: Engine, tmp_path: Path) -> None:
    caller, callee = await connected(engine)
    sound = noise(12_345)
    capture = callee.capture(tmp_path / "heard")
    assert await caller.play(stored(tmp_path, sound)) == "played"
    await asyncio.sleep(0.15)
    heard = await capture.stop()
    assert find(sound, np.fromfile(heard.path, "<i2")) >= 0
    report = await callee.close()
    assert report.codec == "PCMU"
    assert (report.lost, report.late, report.ignored) == (0, 0, 0)
    assert report.received > 70
    assert report.mos > 4
    assert report.peer == str(caller.local)
    assert (await callee.close()) == report
    assert report.facts()["codec"] == "PCMU"
    await caller.close()
    assert engine.streams == 0


async def test_the_first_sound_comes_within_a_few_milliseconds(engine: Engine, tmp_path: Path) -> None:
    sound = stored(tmp_path, noise(1600))
    waited = []
    for _ in range(8):
        with udp() as peer:
            offer = offer_of(peer)
            stream = await engine.open(offer)
            stream.answer(offer)
            begin = time.monotonic()
            stream.play(sound)
            await received(peer)
            waited.append(time.monotonic() - begin)
            await stream.close()
    assert sorted(waited)[4] < 0.01


async def test_an_interruption_is_heard_within_a_tick(engine: Engine, tmp_path: Path) -> None:
    with udp() as peer:
        offer = offer_of(peer)
        stream = await engine.open(offer)
        stream.answer(offer)
        playback = stream.play(stored(tmp_path, noise(80_000)), loop=0)
        for _ in range(10):
            await received(peer)
        playback.stop()
        begin = time.monotonic()
        assert await playback == "interrupted"
        while (await received(peer))[12:] != b"\xff" * 160:
            pass
        assert time.monotonic() - begin < 0.06
        playback.stop()
        await stream.close()


@pytest.mark.parametrize("how", ["event", "tone"])
async def test_keys_by_each_method(engine: Engine, how: str) -> None:
    with udp():
        caller = await engine.open()
        offer = caller.offer()
        if how == "tone":
            offer = offer.replace(b" 101\r\n", b"\r\n").replace(b"telephone-event", b"nothing")
        callee = await engine.open(offer)
        caller.accept(callee.answer(offer))
    keys: list[Key] = []
    callee.on_key = keys.append
    await caller.send_keys("159#", ms=80, gap_ms=60)
    await until(lambda: len(keys) == 4)
    assert "".join(key.digit for key in keys) == "159#"
    assert {key.how for key in keys} == {how}
    assert abs(time.monotonic() - keys[-1].at) < 2


async def test_keys_in_tones_are_heard_when_the_peer_sends_no_events_though_it_could(engine: Engine) -> None:
    caller, callee = await connected(engine)
    keys: list[Key] = []
    callee.on_key = keys.append
    await caller.send_keys("4", how="tone")
    await asyncio.sleep(0.2)
    await caller.send_keys("5", how="event")
    await asyncio.sleep(0.1)
    assert [(key.digit, key.how) for key in keys] == [("4", "tone"), ("5", "event")]


async def test_what_is_no_key_is_refused(engine: Engine) -> None:
    caller, _ = await connected(engine)
    with pytest.raises(Refusal, match="x"):
        await caller.send_keys("1x")


async def test_levels_are_told_each_second(engine: Engine, tmp_path: Path) -> None:
    caller, callee = await connected(engine)
    levels: list[float] = []
    callee.on_level = levels.append
    caller.play(stored(tmp_path, noise(8000)), loop=0)
    await until(lambda: len(levels) == 2)
    assert -20 < levels[1] < -10


async def test_hold_stops_our_packets_and_resuming_brings_them_back(engine: Engine) -> None:
    with udp() as peer:
        offer = offer_of(peer)
        stream = await engine.open(offer)
        stream.answer(offer)
        await received(peer)
        assert b"a=recvonly" in stream.answer(offer_of(peer, "a=sendonly"))
        await asyncio.sleep(0.05)
        while True:
            try:
                peer.recv(2000)
            except BlockingIOError:
                break
        with pytest.raises(TimeoutError):
            await received(peer, 0.1)
        assert b"a=sendrecv" in stream.answer(offer)
        assert await received(peer)
        await stream.close()


async def test_loss_jitter_and_strangers_over_real_sockets(engine: Engine, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    with udp() as peer, udp() as stranger:
        offer = offer_of(peer)
        stream = await engine.open(offer)
        stream.answer(offer)
        target = ("127.0.0.1", stream.local.port)
        sound = noise(160 * 60)
        capture = stream.capture(tmp_path / "heard")
        for index, packet in enumerate(packets(sound)):
            if index % 10 != 9:
                peer.sendto(packet, target)
            stranger.sendto(rtp(index, index * 160, bytes(160), ssrc=3), target)
            await asyncio.sleep(0.02 + float(rng.uniform(-0.008, 0.008)))
        await asyncio.sleep(0.15)
        heard = np.fromfile((await capture.stop()).path, "<i2")
        report = await stream.close()
    frames = sound.reshape(-1, 160)
    assert all(find(frames[index], heard) >= 0 for index in range(60) if index % 10 != 9)
    assert report.lost == 5
    assert report.ignored == 60
    assert report.mos < 4.2


async def test_a_codec_of_the_other_law(engine: Engine, tmp_path: Path) -> None:
    with udp() as peer:
        offer = offer_of(peer).replace(b"RTP/AVP 0 101", b"RTP/AVP 8 101")
        stream = await engine.open(offer)
        assert b"RTP/AVP 8 101" in stream.answer(offer)
        sound = noise(160)
        stream.play(stored(tmp_path, sound))
        packet = await received(peer)
        assert packet[1] & 0x7F == 8
        assert packet[12:] == codecs()["PCMA"].from_samples(sound).tobytes()
        await stream.close()


async def test_200_streams_at_once_hear_every_prompt_whole(tmp_path: Path) -> None:
    engine = await Engine.start(host="127.0.0.1", first_port=0, ports=16, workers=1)
    pairs = [await connected(engine) for _ in range(100)]
    assert engine.streams == 200
    sounds = [noise(4000, seed) for seed in range(100)]
    captures = [callee.capture(tmp_path / f"heard{index}") for index, (_, callee) in enumerate(pairs)]
    playing = [
        caller.play(stored(tmp_path, sound, f"sound{index}"))
        for index, ((caller, _), sound) in enumerate(zip(pairs, sounds, strict=True))
    ]
    assert set(await asyncio.gather(*(playback.finished for playback in playing))) == {"played"}
    await asyncio.sleep(0.3)
    heard = [np.fromfile((await capture.stop()).path, "<i2") for capture in captures]
    assert all(find(sound, one) >= 0 for sound, one in zip(sounds, heard, strict=True))
    await asyncio.gather(*(stream.close() for pair in pairs for stream in pair))
    assert engine.streams == 0
    await engine.stop()


async def test_streams_of_one_port_have_different_peers(engine: Engine) -> None:
    with udp() as peer:
        offer = offer_of(peer)
        streams = [await engine.open(offer) for _ in range(12)]
        for stream in streams:
            stream.answer(offer)
        assert len({stream.local.port for stream in streams}) == 12
        for stream in streams:
            await stream.close()
    again = await engine.open()
    assert again.local.port in engine._numbers


async def test_a_latched_stream_makes_room_for_another_at_its_port() -> None:
    engine = await Engine.start(host="127.0.0.1", first_port=0, ports=1, workers=1)
    with udp() as one, udp() as other:
        first = await engine.open(offer_of(one))
        first.answer(offer_of(one))
        one.sendto(rtp(1, 1, bytes(160)), ("127.0.0.1", first.local.port))
        await received(one)  # it answers because it has heard
        await asyncio.sleep(0.05)
        second = await engine.open(offer_of(other))
        assert second.local.port == first.local.port
    await engine.stop()


async def test_ports_beyond_the_given_ones_serve_the_next_streams_and_are_closed_when_nobody_needs_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Silent peers are never told apart by their address, so each has a port of its own."""
    monkeypatch.setattr("ringback.media.crew._SPARE_SECONDS", 0.3)
    engine = await Engine.start(host="127.0.0.1", first_port=0, ports=1, workers=1)
    try:
        await _use_extra_ports(engine, stored(tmp_path, noise(160 * 20)))
    finally:
        await engine.stop()


def sockets_of(process: int) -> int:
    """How many sockets the process has open; what it closes while they are counted does not count."""
    count = 0
    for link in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):
            count += os.readlink(link).startswith("socket:")
    return count


async def _use_extra_ports(engine: Engine, sound: Sound) -> None:
    process = engine.processes[0]
    with udp() as peer:
        before = sockets_of(process)
        many = [await engine.open(offer_of(peer)) for _ in range(6)]
        for stream in many:
            stream.answer(offer_of(peer))
        used = {stream.local.port for stream in many}
        assert len(used) == 6
        await many[0].report()  # the worker has heard all of it
        assert sockets_of(process) == before + 2 * 5
        await asyncio.gather(*(stream.close() for stream in many))
        again = await engine.open(offer_of(peer)), await engine.open(offer_of(peer))
        assert {stream.local.port for stream in again} <= used
        again[1].answer(offer_of(peer))
        playback = again[1].play(sound)
        await until(lambda: sockets_of(process) == before + 2)
        assert await playback == "played"
        await asyncio.gather(*(stream.close() for stream in again))
        await until(lambda: sockets_of(process) == before)


async def test_the_end_of_a_stream_is_told_before_the_next_one_on_its_port_can_hear() -> None:
    """A word that nobody waits for may wait itself, but not behind the next peer's packets."""
    engine = await Engine.start(host="127.0.0.1", first_port=0, ports=1, workers=1)
    sound = noise(160 * 5)
    try:
        with udp() as peer:
            stream = await engine.open(offer_of(peer))
            stream.answer(offer_of(peer))
            for turn in range(1, 40):
                await stream.report()
                ended = asyncio.create_task(stream.close())
                await asyncio.sleep(0)
                stream = await engine.open(offer_of(peer))
                for packet in packets(sound, ssrc=turn, sequence=1000 * turn):
                    peer.sendto(packet, ("127.0.0.1", stream.local.port))
                assert (await ended).received == (5 if turn > 1 else 0)
                stream.answer(offer_of(peer))
                await all_received(stream, 5)
            await stream.close()
    finally:
        await engine.stop()


@pytest.mark.parametrize("who", ["sender", "receiver", "both"])
async def test_a_prompt_is_heard_whole_when_workers_are_held_up(who: str, tmp_path: Path) -> None:
    sending = await Engine.start(host="127.0.0.1", first_port=0, ports=2, workers=1)
    receiving = await Engine.start(host="127.0.0.1", first_port=0, ports=2, workers=1)
    caller = await sending.open()
    callee = await receiving.open(caller.offer())
    caller.accept(callee.answer(caller.offer()))
    sound = noise(160 * 100)
    capture = callee.capture(tmp_path / "heard")
    playback = caller.play(stored(tmp_path, sound))
    engines = {"sender": [sending], "receiver": [receiving], "both": [sending, receiving]}[who]
    for held_up in (0.06, 0.15, 0.3):
        await asyncio.sleep(0.3)
        for engine in engines:
            os.kill(engine.processes[0], signal.SIGSTOP)
        await asyncio.sleep(held_up)
        for engine in engines:
            os.kill(engine.processes[0], signal.SIGCONT)
    assert await playback == "played"
    await asyncio.sleep(0.8)
    frames = np.fromfile((await capture.stop()).path, "<i2").reshape(-1, 160)
    report = await callee.close()
    heard = {frame.tobytes() for frame in frames}
    assert [index for index, frame in enumerate(sound.reshape(-1, 160)) if frame.tobytes() not in heard] == []
    assert (report.late, report.lost) == (0, 0)
    await sending.stop()
    await receiving.stop()


async def test_what_is_sent_before_the_answer_is_accepted_is_heard(engine: Engine, tmp_path: Path) -> None:
    caller = await engine.open()
    callee = await engine.open(caller.offer())
    answer = callee.answer(caller.offer())
    capture = caller.capture(tmp_path / "heard")
    sound = noise(160 * 15)
    assert await callee.play(stored(tmp_path, sound)) == "played"
    caller.accept(answer)
    await asyncio.sleep(0.7)
    assert find(sound, np.fromfile((await capture.stop()).path, "<i2")) >= 0


async def test_a_worker_that_is_killed_fails_its_streams_and_is_replaced(tmp_path: Path) -> None:
    engine = await Engine.start(host="127.0.0.1", first_port=0, ports=4, workers=1)
    caller, callee = await connected(engine)
    playback = caller.play(stored(tmp_path, noise(80_000)))
    capture = callee.capture(tmp_path / "heard")
    await asyncio.sleep(0.1)
    os.kill(engine.processes[0], signal.SIGKILL)
    assert "lost" in await asyncio.wait_for(caller.failed, 2)
    assert callee.failed.done()
    assert await playback == "closed"
    await capture.stop()
    assert (await caller.report()).codec == ""
    await caller.close()
    await caller.send_keys("1")
    with pytest.raises(Refusal) as refused:
        await engine.open()
    assert refused.value.sip_status == 503
    await until(lambda: engine._members[0].alive)
    caller, callee = await connected(engine)
    assert await caller.play(stored(tmp_path, noise(800))) == "played"
    await engine.stop()


async def test_a_worker_that_hangs_is_killed_and_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringback.media.watch.EVERY", 0.1)
    monkeypatch.setattr("ringback.media.watch.LONGEST", 0.5)
    engine = await Engine.start(host="127.0.0.1", first_port=0, ports=4, workers=1)
    caller, callee = await connected(engine)
    playback = caller.play(stored(tmp_path, noise(80_000)))
    await callee.report()
    hung = engine.processes[0]
    os.kill(hung, signal.SIGSTOP)
    begin = time.monotonic()
    report, closed = await asyncio.wait_for(asyncio.gather(caller.report(), callee.close()), 3)
    assert time.monotonic() - begin >= 0.4
    assert (report.codec, closed.codec) == ("", "")
    assert await playback == "closed"
    assert "lost" in caller.failed.result()
    await until(lambda: not is_running(hung))
    await until(lambda: engine._members[0].alive)
    caller, callee = await connected(engine)
    assert await caller.play(stored(tmp_path, noise(800))) == "played"
    await engine.stop()


async def test_workers_end_with_the_engine_and_leave_no_process(tmp_path: Path) -> None:
    engine = await Engine.start(host="127.0.0.1", first_port=0, ports=4, workers=2)
    processes = engine.processes
    assert len(set(processes)) == 2
    caller, _ = await connected(engine)
    playback = caller.play(stored(tmp_path, noise(80_000)))
    os.kill(processes[0], signal.SIGTERM)
    os.kill(processes[0], signal.SIGINT)
    await asyncio.sleep(0.05)
    await engine.stop()
    assert playback.finished.result() == "closed"
    assert caller.failed.done()
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
    with pytest.raises(Refusal):
        await engine.open()


async def test_a_worker_whose_control_side_is_killed_ends_by_itself() -> None:
    script = (
        "import asyncio\n"
        "from ringback.media.engine import Engine\n"
        "async def main():\n"
        "    engine = await Engine.start(host='127.0.0.1', first_port=0, ports=1, workers=1)\n"
        "    print(engine.processes[0], flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    control = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    assert control.stdout is not None
    worker = int(await asyncio.wait_for(control.stdout.readline(), 20))
    assert is_running(worker)
    control.kill()
    await control.wait()
    await until(lambda: not is_running(worker))


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_works_on_uvloop(tmp_path: Path) -> None:
    async def conversation() -> int:
        engine = await Engine.start(host="127.0.0.1", first_port=0, ports=2, workers=1)
        caller, callee = await connected(engine)
        sound = noise(1600)
        capture = callee.capture(tmp_path / "heard")
        await caller.play(stored(tmp_path, sound))
        await asyncio.sleep(0.15)
        heard = await capture.stop()
        await engine.stop()
        return find(sound, np.fromfile(heard.path, "<i2"))

    assert uvloop.run(conversation()) >= 0


async def test_a_taken_port_is_named() -> None:
    with udp() as taken:
        port = taken.getsockname()[1]
        while port % 2:
            with udp() as other:
                port = other.getsockname()[1]
        blocker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            blocker.bind(("127.0.0.1", port))
        except OSError:
            pass
        with pytest.raises(SettingError, match=f"UDP port {port} on 127.0.0.1"):
            await Engine.start(host="127.0.0.1", first_port=port, ports=1)
        blocker.close()


async def test_ports_are_those_that_were_asked_for() -> None:
    for _ in range(20):
        with udp() as probe:
            first = probe.getsockname()[1] // 2 * 2
        try:
            engine = await Engine.start(host="127.0.0.1", first_port=first, ports=3, external_address="203.0.113.7")
        except SettingError:
            continue
        stream = await engine.open()
        assert stream.local.port in (first, first + 2, first + 4)
        assert b"c=IN IP4 203.0.113.7" in stream.offer()
        assert f"ports {first}-{first + 5} (3 pairs)" in engine.description
        await engine.stop()
        return
    pytest.fail("no three free ports")


async def test_what_cannot_be_answered_is_refused(engine: Engine) -> None:
    with pytest.raises(Refusal) as refused:
        await engine.open(b"nonsense")
    assert refused.value.sip_status == 400
    with udp() as peer:
        with pytest.raises(Refusal) as refused:
            await engine.open(offer_of(peer).replace(b"RTP/AVP", b"RTP/SAVP"))
        assert refused.value.sip_status == 488
        with pytest.raises(Refusal, match="IPv6") as refused:
            await engine.open(offer_of(peer).replace(b"IN IP4 127.0.0.1", b"IN IP6 ::1"))
        assert refused.value.sip_status == 488
    assert engine.streams == 0


async def test_a_sound_that_is_gone_is_refused(engine: Engine, tmp_path: Path) -> None:
    caller, _ = await connected(engine)
    with pytest.raises(BadSound):
        caller.play(Sound(tmp_path / "none", 100))


async def test_ipv6(tmp_path: Path) -> None:
    try:
        engine = await Engine.start(host="::1", first_port=0, ports=2, workers=1)
    except SettingError:
        pytest.skip("no IPv6 here")
    caller, callee = await connected(engine)
    assert b"c=IN IP6 ::1" in caller.offer()
    sound = noise(1600)
    capture = callee.capture(tmp_path / "heard")
    await caller.play(stored(tmp_path, sound))
    await asyncio.sleep(0.15)
    assert find(sound, np.fromfile((await capture.stop()).path, "<i2")) >= 0
    assert (await callee.close()).peer == str(caller.local)
    await engine.stop()


async def test_a_wildcard_address_shows_the_one_that_leads_to_the_peer() -> None:
    engine = await Engine.start(host="0.0.0.0", first_port=0, ports=1, workers=1)
    with udp() as peer:
        stream = await engine.open(offer_of(peer))
        assert b"c=IN IP4 127.0.0.1" in stream.answer(offer_of(peer))
    await engine.stop()


async def test_figures_tell_how_the_workers_do(engine: Engine) -> None:
    await connected(engine)
    await asyncio.sleep(0.3)
    (figures,) = await engine.figures()
    assert figures["ticks"] >= 10
    assert figures["rows"] == 2
    assert struct.calcsize("P") == 8
