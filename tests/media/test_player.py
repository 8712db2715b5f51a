"""Sounds are played gaplessly, from files of any length, and stop at once."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ringback.media import player
from ringback.media.messages import Close, Played, StopPlaying
from ringback.media.messages import Play as PlayCommand
from ringback.media.table import PLAYER_FRAMES
from tests.media.hand import PCMA, PCMU, Hand, Sound, find, noise, packets, udp


class Stage:
    """A hand that plays sounds, and what its peer gets of them."""

    def __init__(self, hand: Hand, folder: Path) -> None:
        self.hand = hand
        self._folder = folder

    def play(self, playback: int, sound: Sound, loop: int = 1) -> None:
        path = self._folder / f"{playback}.raw"
        sound.astype("<i2").tofile(path)
        self.hand.desk.obey(PlayCommand(1, playback, str(path), len(sound), loop))
        self.hand.desk.begin_sounds()

    def stop(self, playback: int) -> None:
        self.hand.desk.obey(StopPlaying(1, playback))

    def got(self) -> Sound:
        payloads = b"".join(payload for _, _, payload in self.hand.got_rtp())
        return PCMU.to_samples(np.frombuffer(payloads, dtype=np.uint8))

    @property
    def ended(self) -> list[tuple[int, str]]:
        return [(event.playback, event.outcome) for event in self.hand.told(Played)]


@pytest.fixture
def stage(hand: Hand, tmp_path: Path) -> Stage:
    return Stage(hand, tmp_path)


@pytest.mark.parametrize("samples", [1, 159, 160, 161, 8000, PLAYER_FRAMES * 160, PLAYER_FRAMES * 160 + 1, 33_333])
def test_a_sound_is_played_whole(stage: Stage, samples: int) -> None:
    sound = noise(samples)
    stage.play(1, sound)
    ticks = -(-samples // 160)
    stage.hand.tick(ticks - 1)
    assert stage.ended == [(1, "played")]
    stage.hand.tick(3)
    got = stage.got()
    assert find(sound, got) == 0
    assert not got[samples:].any()


def test_the_first_packet_leaves_with_the_command_not_with_the_tick(stage: Stage) -> None:
    stage.hand.tick(3)
    stage.hand.got()
    stage.play(1, noise(1600))
    assert len(stage.hand.got_rtp()) == 1


def test_the_time_that_was_gained_is_given_back_in_the_silence_behind(stage: Stage) -> None:
    stage.hand.tick(30)  # silence is sent
    stage.hand.got()
    for playback in range(5):
        stage.play(playback, noise(1600))
        stage.hand.tick(20)
    sent = stage.hand.got_rtp()
    assert len(sent) == 100
    stamps = [stamp for _, stamp, _ in sent]
    assert {(later - earlier) % 2**32 for earlier, later in pairwise(stamps)} == {160}


def test_silence_is_sent_when_nothing_plays_but_not_at_once(stage: Stage) -> None:
    stage.hand.hears(packets(noise(160)), after=9)
    stage.hand.got()
    stage.hand.tick(10)
    sent = stage.hand.got_rtp()
    assert len(sent) == 10
    assert all(payload == b"\xff" * 160 for _, _, payload in sent)
    assert {kind for kind, _, _ in sent} == {0}


def test_whom_nobody_heard_or_spoke_to_gets_a_trickle_of_silence(stage: Stage) -> None:
    """Ten packets a second, each the beginning of a talk spurt (RFC 3550 §5.1), until something is said."""
    stage.hand.tick(9)
    assert not stage.hand.got_rtp()
    stage.hand.tick(50)
    trickle = stage.hand.got_rtp()
    assert len(trickle) == 10
    assert {kind for kind, _, _ in trickle} == {0x80}
    assert {(later[1] - earlier[1]) % 2**32 for earlier, later in pairwise(trickle)} == {5 * 160}
    stage.hand.sends(*packets(noise(160)))
    stage.hand.tick(10)
    heard = stage.hand.got_rtp()
    assert len(heard) == 10
    stamps = [stamp for _, stamp, _ in heard]
    assert {(later - earlier) % 2**32 for earlier, later in pairwise(stamps)} == {160}


def test_after_the_first_word_silence_is_whole(stage: Stage) -> None:
    sound = noise(1600)
    stage.play(1, sound)
    stage.hand.tick(30)
    sent = stage.hand.got_rtp()
    assert len(sent) == 30
    stamps = [stamp for _, stamp, _ in sent]
    assert {(later - earlier) % 2**32 for earlier, later in pairwise(stamps)} == {160}


def test_a_word_after_the_trickle_begins_a_talk_spurt_in_its_time(stage: Stage) -> None:
    stage.hand.tick(12)
    (first,) = stage.hand.got_rtp()
    sound = noise(1600)
    stage.play(1, sound)
    stage.hand.tick(10)
    sent = stage.hand.got_rtp()
    assert [kind for kind, _, _ in sent][:2] == [0x80, 0]
    assert (sent[0][1] - first[1]) % 2**32 == 3 * 160
    assert find(sound, PCMU.to_samples(np.frombuffer(b"".join(payload for _, _, payload in sent), np.uint8))) == 0


def test_a_queue_is_gapless(stage: Stage) -> None:
    parts = [noise(samples, seed) for seed, samples in enumerate((1000, 77, 20_001, 5))]
    for playback, part in enumerate(parts):
        stage.play(playback, part)
    stage.hand.tick(150)
    assert find(np.concatenate(parts), stage.got()) == 0
    assert stage.ended == [(playback, "played") for playback in range(4)]


def test_a_sound_that_comes_while_another_plays_follows_gaplessly(stage: Stage) -> None:
    first, second = noise(1001, 1), noise(1000, 2)
    stage.play(1, first)
    stage.hand.tick(4)
    stage.play(2, second)
    stage.hand.tick(20)
    assert find(np.concatenate([first, second]), stage.got()) == 0


@pytest.mark.parametrize("samples", [37, 160, 12_345])
def test_a_loop_of_three(stage: Stage, samples: int) -> None:
    sound = noise(samples)
    stage.play(1, sound, loop=3)
    stage.hand.tick(3 * samples // 160 + 3)
    got = stage.got()
    assert find(np.tile(sound, 3), got) == 0
    assert not got[3 * samples :].any()
    assert stage.ended == [(1, "played")]


def test_an_endless_loop_ends_when_it_is_stopped(stage: Stage) -> None:
    sound = noise(1000)
    stage.play(1, sound, loop=0)
    stage.hand.tick(300)
    assert stage.ended == []
    stage.stop(1)
    assert stage.ended == [(1, "interrupted")]
    got = stage.got()
    assert (got == np.resize(sound, len(got))).all()
    stage.hand.tick(5)
    assert not stage.got().any()


def test_a_stopped_sound_gives_way_to_the_next_at_once_and_from_its_beginning(stage: Stage) -> None:
    first, second = noise(4000, 1), noise(1600, 2)
    stage.play(1, first)
    stage.play(2, second)
    stage.hand.tick(3)
    stage.stop(1)
    stage.hand.tick(12)
    assert find(np.concatenate([first[: 160 * 4], second]), stage.got()) == 0
    assert stage.ended == [(1, "interrupted"), (2, "played")]


def test_one_in_the_queue_may_be_stopped_before_its_turn(stage: Stage) -> None:
    first, second, third = noise(1000, 1), noise(1600, 2), noise(1600, 3)
    for playback, sound in ((1, first), (2, second), (3, third)):
        stage.play(playback, sound)
    stage.hand.tick(2)
    stage.stop(2)
    stage.hand.tick(20)
    assert find(np.concatenate([first, third]), stage.got()) == 0
    assert stage.ended == [(2, "interrupted"), (1, "played"), (3, "played")]


def test_stopping_twice_or_what_never_was_is_harmless(stage: Stage) -> None:
    stage.play(1, noise(1600))
    for playback in (1, 1, 99):
        stage.stop(playback)
    assert stage.ended == [(1, "interrupted")]


def test_a_file_that_is_gone_or_too_short_is_an_interruption(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(bytes(100))
    stage.hand.desk.obey(PlayCommand(1, 1, str(tmp_path / "none"), 100, 1))
    stage.hand.desk.obey(PlayCommand(1, 2, str(tmp_path / "short"), 100, 1))
    stage.hand.desk.obey(PlayCommand(1, 3, str(tmp_path / "short"), 0, 1))
    assert stage.ended == [(1, "interrupted"), (2, "interrupted"), (3, "played")]


def test_sounds_wait_until_offer_and_answer_are_complete(tmp_path: Path) -> None:
    from ringback.media.messages import Open

    hand = Hand()
    hand.desk.obey(Open(2, 0, 0))
    sound = noise(1600)
    sound.astype("<i2").tofile(tmp_path / "s")
    hand.desk.obey(PlayCommand(2, 1, str(tmp_path / "s"), 1600, 1))
    hand.desk.begin_sounds()
    hand.tick(5)
    with udp() as other:
        hand.agree(2, other)
        hand.desk.begin_sounds()
        hand.tick(12)
        got = b"".join(packet[12:] for packet in hand.got(other))
    assert find(sound, PCMU.to_samples(np.frombuffer(got, dtype=np.uint8))) == 0
    hand.close()


def test_what_plays_when_the_stream_closes_ends_as_closed(stage: Stage) -> None:
    stage.play(1, noise(1600))
    stage.play(2, noise(1600))
    stage.hand.desk.obey(Close(1))
    assert stage.ended == [(1, "closed"), (2, "closed")]


def test_a_held_peer_gets_nothing_but_the_sound_runs_on(stage: Stage) -> None:
    stage.hand.agree(1, stage.hand.peer, sends=False)
    stage.play(1, noise(1600))
    stage.hand.tick(12)
    assert stage.ended == [(1, "played")]
    assert not stage.hand.got_rtp()


def test_a_peer_that_takes_10_ms_at_most_gets_halves(stage: Stage) -> None:
    stage.hand.agree(1, stage.hand.peer, ms=10)
    sound = noise(1600)
    stage.play(1, sound)
    stage.hand.tick(9)
    sent = stage.hand.got_rtp()
    assert {len(payload) for _, _, payload in sent} == {80}
    stamps = [stamp for _, stamp, _ in sent]
    assert {(later - earlier) % 2**32 for earlier, later in pairwise(stamps)} == {80}
    assert find(sound, PCMU.to_samples(np.frombuffer(b"".join(one[2] for one in sent), dtype=np.uint8))) == 0


def test_a_sound_goes_on_where_it_was_when_the_codec_changes(stage: Stage) -> None:
    sound = noise(12_000)
    stage.play(1, sound)
    stage.hand.tick(20)
    before = stage.hand.got_rtp()
    stage.hand.agree(1, stage.hand.peer, codec="PCMA", payload_type=8)
    stage.hand.tick(60)
    after = stage.hand.got_rtp()
    assert {kind & 0x7F for kind, _, _ in before} == {0}
    assert {kind & 0x7F for kind, _, _ in after} == {8}
    one, other = PCMU.to_samples(octets(before)), PCMA.to_samples(octets(after))
    rest = sound[len(one) :]
    assert (one == sound[: len(one)]).all()
    assert (other[: len(rest)] == PCMA.to_samples(PCMA.from_samples(rest))).all()
    assert stage.ended == [(1, "played")]


def test_a_long_sound_is_played_whole_though_it_is_not_kept_encoded(stage: Stage, monkeypatch: Any) -> None:
    monkeypatch.setattr(player, "_SHORT", 1000)
    sound = noise(20_000)
    stage.play(1, sound, loop=2)
    stage.hand.tick(260)
    assert find(np.tile(sound, 2), stage.got()) == 0


def test_sounds_that_began_together_are_prepared_in_turns_and_none_runs_dry(tmp_path: Path, monkeypatch: Any) -> None:
    rows = 200
    hand = Hand(capacity=rows)
    peers = [hand.peer, *(udp() for _ in range(rows - 1))]
    sound = noise(8000 * 5)
    sound.astype("<i2").tofile(tmp_path / "sound.raw")
    prepared: list[int] = []
    prepare = hand.desk._work.player._prepare

    def count(row: int, line: Any) -> None:
        prepared.append(row)
        prepare(row, line)

    monkeypatch.setattr(hand.desk._work.player, "_prepare", count)
    for stream, peer in enumerate(peers, 1):
        if stream > 1:
            hand.open(stream, peer)
        hand.desk.obey(PlayCommand(stream, stream, str(tmp_path / "sound.raw"), len(sound), 1))
    hand.desk.begin_sounds()
    most, got = 0, [hand.got(peer) for peer in peers]
    for _ in range(200):
        prepared.clear()
        hand.tick()
        most = max(most, len(prepared))
        for packets_of_one, peer in zip(got, peers, strict=True):
            packets_of_one += hand.got(peer)
    assert 0 < most < rows // 4
    whole = PCMU.to_samples(PCMU.from_samples(sound[: 200 * 160]))
    for packets_of_one in got:
        heard = PCMU.to_samples(octets([(0, 0, one[12:]) for one in packets_of_one if len(one) == 172]))
        assert (heard[: len(whole)] == whole[: len(heard)]).all()
        assert len(heard) >= 199 * 160
    hand.close()
    for peer in peers[1:]:
        peer.close()


def octets(sent: list[tuple[int, int, bytes]]) -> Any:
    return np.frombuffer(b"".join(payload for _, _, payload in sent), dtype=np.uint8)
