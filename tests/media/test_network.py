"""Bad networks and bad peers, and what is heard of the sound through them: its delay, its gaps, its level."""

from __future__ import annotations

import numpy as np
import pytest

from tests.media.hand import Hand, Sound, find, noise, packets, rtp

FRAME = 160
DELAY = 2 * FRAME


def heard_of(hand: Hand, arrivals: list[list[bytes]], after: int = 30) -> Sound:
    """One tick after each entry, and some more."""
    heard = []
    for some in arrivals:
        hand.sends(*some)
        heard.append(hand.tick())
    return np.concatenate([*heard, hand.tick(after)])


def level(sound: Sound) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


def in_bursts(count: int, share: float, length: float, seed: int) -> np.ndarray:
    """Which packets arrive when ``share`` are lost, ``length`` in a row on the average (Gilbert's model)."""
    luck, good, kept = np.random.default_rng(seed), True, np.ones(count, dtype=bool)
    to_bad, to_good = share / (1 - share) / length, 1 / length
    for index in range(count):
        good = luck.random() >= to_bad if good else luck.random() < to_good
        kept[index] = good
    kept[[0, -1]] = True
    return kept


@pytest.mark.parametrize("share", [0.01, 0.02, 0.05, 0.1, 0.15, 0.2])
@pytest.mark.parametrize("length", [1.0, 3.0, 8.0])
def test_loss_in_bursts_moves_nothing_and_what_arrived_is_heard_to_the_sample(
    hand: Hand, share: float, length: float
) -> None:
    sound = noise(FRAME * 500)
    kept = in_bursts(500, share, length, seed=11)
    arrivals = [[packet] if arrives else [] for packet, arrives in zip(packets(sound), kept, strict=True)]
    heard = heard_of(hand, arrivals)[DELAY:][: len(sound)]
    frames, wanted = heard.reshape(-1, FRAME), sound.reshape(-1, FRAME)
    good = kept.copy()
    delay = _delays(frames, wanted, kept)
    assert max(delay) <= 12
    assert sorted(delay) == delay  # it only grows, and never jumps back and forth
    assert hand.facts()["lost"] == 500 - good.sum()
    assert level(heard) <= 1.1 * level(sound)


def _delays(frames: Sound, wanted: Sound, kept: np.ndarray) -> list[int]:
    """By how many frames each packet that arrived was heard later than the first; each must be heard whole."""
    places = {frame.tobytes(): place for place, frame in enumerate(frames)}
    last = len(frames) - 13
    return [places[wanted[index].tobytes()] - index for index in np.flatnonzero(kept).tolist() if index < last]


@pytest.mark.parametrize("parts_per_million", [-200, 200])
def test_a_clock_200_ppm_off_over_three_minutes_cuts_no_word_and_adds_no_delay(
    hand: Hand, parts_per_million: int
) -> None:
    """Words of a second with pauses of half a second between them; the peer's 20 ms are not ours."""
    word, count = FRAME * 50, 120
    words = noise(word * 20, loud=4000).reshape(20, word)
    sound = np.concatenate([part for index in range(count) for part in (words[index % 20], np.zeros(word // 2))])
    sound = sound.astype(np.int16)
    some, heard, sent = packets(sound), [], 0
    for tick in range(1, len(some) + 50):
        due = int(tick * (1 + parts_per_million / 1e6))
        hand.sends(*some[sent:due])
        sent = max(sent, min(due, len(some)))
        heard.append(hand.tick())
    whole = np.concatenate(heard).astype("<i2").tobytes()
    place, torn, delays = 0, 0, []
    for index in range(count):
        found = whole.find(words[index % 20].astype("<i2").tobytes(), max(0, place))
        if found < 0 or found // 2 > index * word * 1.5 + FRAME * 40:
            torn += 1
            continue
        place = found
        delays.append((found // 2 - index * word * 3 // 2) // FRAME)
    assert torn == 0
    assert max(delays) <= 4
    assert hand.facts()["lost"] == 0
    assert hand.facts()["delay_ms"] <= 80


@pytest.mark.parametrize("jitter_ms", [40, 100, 200])
@pytest.mark.parametrize("share", [0.0, 0.05])
def test_jitter_reordering_doubling_and_loss_together(hand: Hand, jitter_ms: int, share: float) -> None:
    """After two seconds the delay fits, and whatever arrives is heard, once, in its place."""
    count, luck = 400, np.random.default_rng(jitter_ms)
    sound = noise(FRAME * count)
    kept = luck.random(count) >= share
    arrivals: list[list[bytes]] = [[] for _ in range(count + 20)]
    for index, packet in enumerate(packets(sound)):
        for _ in range(int(kept[index]) * (1 + int(luck.random() < 0.1))):
            arrivals[index + int(luck.integers(0, jitter_ms // 20 + 1))].append(packet)
    frames = heard_of(hand, arrivals).reshape(-1, FRAME)
    places = {frame.tobytes(): place for place, frame in enumerate(frames)}
    wanted = sound.reshape(-1, FRAME)
    late = [places.get(wanted[index].tobytes(), -1) - index for index in np.flatnonzero(kept) if index > 100]
    assert set(late) == {late[0]}
    assert 0 < late[0] * 20 <= jitter_ms + 80


@pytest.mark.parametrize("packet_ms", [10, 20, 30, 40, 50, 60])
def test_the_delay_of_each_packet_time_is_small_and_constant(hand: Hand, packet_ms: int) -> None:
    """A packet is sent when its last sample has been spoken; what is heard lies at most 80 ms behind that."""
    size = packet_ms * 8
    sound = noise(size * 100)
    some, heard, sent = packets(sound, size), [], 0
    for tick in range(1, len(sound) // FRAME + 40):
        while sent < len(some) and (sent + 1) * size <= tick * FRAME:
            hand.sends(some[sent])
            sent += 1
        heard.append(hand.tick())
    whole = np.concatenate(heard)
    begin = find(sound, whole)
    assert begin >= 0, "a gap"
    assert begin - size <= 640


def test_the_packet_time_may_change_at_every_packet(hand: Hand) -> None:
    luck = np.random.default_rng(4)
    sizes = [int(size) for size in luck.choice([80, 160, 240, 320, 400, 480], 200)]
    sound = noise(sum(sizes))
    some, place = [], 0
    for index, size in enumerate(sizes):
        some += packets(sound[place : place + size], size, 100 + index, 5000 + place)
        place += size
    heard, spoken, sent = [], np.cumsum(sizes), 0
    for tick in range(1, len(sound) // FRAME + 40):
        while sent < len(some) and spoken[sent] <= tick * FRAME:
            hand.sends(some[sent])
            sent += 1
        heard.append(hand.tick())
    whole = np.concatenate(heard)
    assert find(sound[FRAME * 50 : -FRAME], whole) >= 0
    assert hand.facts()["lost"] == 0


def test_what_is_no_rtp_from_the_peers_own_address_changes_nothing(hand: Hand) -> None:
    luck = np.random.default_rng(8)
    sound = noise(FRAME * 200)
    arrivals = []
    for packet in packets(sound):
        wild = [luck.integers(0, 256, int(luck.integers(0, 300)), dtype=np.uint8).tobytes() for _ in range(3)]
        unknown = [bytes((first & 0x3F,)) + rest for first, rest in ((one[0], one[1:]) for one in wild if one)]
        arrivals.append([packet, *unknown, b"", b"\x80", packet[:12], rtp(9, 9, b"x" * 50, kind=99)])
    heard = heard_of(hand, arrivals)
    assert find(sound, heard) == DELAY
    facts = hand.facts()
    assert (facts["received"], facts["lost"], facts["late"]) == (200, 0, 0)
    assert facts["ignored"] >= 3 * 200


def test_a_strangers_sound_is_never_heard_in_the_peers(hand: Hand) -> None:
    sound, wild = noise(FRAME * 100), packets(noise(FRAME * 100, seed=9), ssrc=77)
    heard = []
    for packet, strange in zip(packets(sound), wild, strict=True):
        hand.sends(packet)
        hand.sends(strange, strange, by=hand.strangers)
        heard.append(hand.tick())
    assert find(sound, np.concatenate([*heard, hand.tick(10)])) == DELAY
    assert hand.facts()["received"] == 100


def test_a_peer_that_stops_and_comes_back_is_heard_again_whole(hand: Hand) -> None:
    first, second = noise(FRAME * 20, 1), noise(FRAME * 20, 2)
    before = hand.hears(packets(first), after=0)
    pause = hand.tick(250)
    after = hand.hears(packets(second, sequence=120, timestamp=5000 + FRAME * 20))
    assert find(first, np.concatenate([before, pause])) == DELAY
    assert not pause[FRAME * 6 :].any()
    assert find(second, after) == DELAY


@pytest.mark.parametrize("changes", [{"ssrc": 5}, {"ssrc": 5, "sequence": 7}, {"ssrc": 5, "timestamp": 3_000_000_000}])
def test_another_ssrc_in_mid_stream_loses_no_sample(hand: Hand, changes: dict[str, int]) -> None:
    first, second = noise(FRAME * 50, 1), noise(FRAME * 50, 2)
    heard = hand.hears(packets(first) + packets(second, **changes))
    assert find(np.concatenate([first, second]), heard) == DELAY


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_everything_wraps_under_loss(hand: Hand, lost: int) -> None:
    sound = noise(FRAME * 100)
    some = packets(sound, sequence=65_486, timestamp=2**32 - FRAME * 50)
    arrivals = [[] if 48 <= index < 48 + lost else [packet] for index, packet in enumerate(some)]
    heard = heard_of(hand, arrivals)
    assert find(sound[: FRAME * 48], heard) == DELAY
    assert find(sound[FRAME * (48 + lost) :], heard) == DELAY + FRAME * (48 + lost)
    assert hand.facts()["lost"] == lost
