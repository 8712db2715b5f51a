"""Two telephones call each other over real sockets: what each of them does, the other one hears."""

from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio

from ringback.media.engine import Engine
from ringback.testing import NotAsExpected, Phone, PhoneCall, WasRefused
from ringback.testing.recognise import RATE, Samples

Phones = tuple[Phone, Phone]


def talk(seconds: float, seed: int) -> Samples:
    """Noise in syllables."""
    noise = np.random.default_rng(seed).normal(0, 3000, int(seconds * RATE))
    return (noise * ((np.arange(len(noise)) % 1920) < 1440)).astype(np.int16)


PROMPT, OTHER = talk(1.5, 1), talk(0.8, 2)


@pytest_asyncio.fixture(loop_scope="session")
async def phones(engine: Engine) -> AsyncIterator[Phones]:
    ann, ben = await Phone.start(engine, user="ann"), await Phone.start(engine, user="ben")
    yield ann, ben
    await ann.close()
    await ben.close()


async def call_between(phones: Phones) -> tuple[PhoneCall, PhoneCall]:
    ann, ben = phones
    hers = await ann.calls_up(ben.uri)
    his = await (await ben.rings()).answers()
    return await hers.is_answered(), his


async def test_a_call_from_ringing_to_hanging_up(phones: Phones) -> None:
    ann, ben = phones
    hers = await ann.calls_up(ben.uri)
    his = await ben.rings()
    await hers.is_ringing()
    assert not hers.is_up
    await his.answers()
    await hers.is_answered()
    assert hers.is_up
    assert his.is_up
    await hers.hangs_up()
    ending = await his.is_hung_up()
    assert (ending.cause, ending.by_remote) == ("bye", True)
    assert hers.ladder.titles() == [
        f"INVITE {ben.uri}",
        "100 Trying (INVITE)",
        "180 Ringing (INVITE)",
        "200 OK (INVITE)",
        hers.ladder.titles()[4],
        hers.ladder.titles()[5],
        "200 OK (BYE)",
    ]
    assert hers.ladder.titles()[4].startswith("ACK sip:")
    assert hers.ladder.titles()[5].startswith("BYE sip:")


async def test_sounds_are_recognised_on_both_ends(phones: Phones) -> None:
    hers, his = await call_between(phones)
    await his.plays(PROMPT)
    hearing = await hers.hears_whole(PROMPT)
    assert hearing.whole
    await hers.plays(OTHER)
    await his.hears_whole(OTHER)
    report = await hers.quality()
    assert report.codec == "PCMU"
    assert report.received > 70


async def test_a_sound_is_recognised_while_it_still_plays(phones: Phones) -> None:
    hers, his = await call_between(phones)
    long = talk(20, 3)
    playing = his.stream.play(await phones[1].playable(long))
    await hers.hears(long, within=3)
    playing.stop()
    stopped_at = phones[0].clock.now()
    await hers.hears_silence(0.5)
    assert await hers.heard_sound_for(ms=100)
    assert not await hers.heard_sound_for(ms=250, after=stopped_at)


async def test_the_same_sound_twice_is_heard_twice(phones: Phones) -> None:
    hers, his = await call_between(phones)
    await his.plays(OTHER)
    await his.plays(OTHER)
    first = await hers.hears_whole(OTHER)
    second = await hers.hears_whole(OTHER)
    assert second.start >= first.end
    with pytest.raises(NotAsExpected, match=r"waited 0\.2 s for hearing the sound in vain"):
        await hers.hears_whole(OTHER, within=0.2)


@pytest.mark.parametrize("how", ["event", "tone", "info"])
async def test_keys_by_each_method(phones: Phones, how: str) -> None:
    phones[0].knows_events = how == "event"
    hers, his = await call_between(phones)
    infos: list[bytes] = []
    his.sip.on_info = lambda request: infos.append(request.body)
    await hers.presses("12#", how=how)  # type: ignore[arg-type]
    if how == "info":
        assert infos == [b"Signal=%c\r\nDuration=120\r\n" % key for key in b"12#"]
    else:
        await his.hears_keys("12#")


async def test_a_busy_phone(phones: Phones) -> None:
    ann, ben = phones
    hers = await ann.calls_up(ben.uri)
    (await ben.rings()).refuses(486)
    assert await hers.is_refused() == 486
    with pytest.raises(WasRefused, match=r"the call was answered 486 Busy Here\.\nSIP:\n"):
        await hers.is_answered()


async def test_a_caller_who_gives_up(phones: Phones) -> None:
    ann, ben = phones
    hers = await ann.calls_up(ben.uri)
    his = await ben.rings()
    await hers.is_ringing()
    await hers.hangs_up()
    ending = await his.is_hung_up()
    assert ending.cause == "cancelled"
    with pytest.raises(NotAsExpected, match="over before it was up"):
        await his.answers()


async def test_a_call_without_an_offer(phones: Phones) -> None:
    ann, ben = phones
    hers = await ann.calls_up(ben.uri, offerless=True)
    his = await (await ben.rings()).answers()
    await hers.is_answered()
    await his.plays(OTHER)
    await hers.hears_whole(OTHER)


async def test_nobody_is_there(phones: Phones, unused_tcp_port: int) -> None:
    ann, _ = phones
    ann.patience = 0.3
    with pytest.raises(WasRefused, match=r"registering ann at 127\.0\.0\.1:"):
        await ann.register("ann", "1234", f"127.0.0.1:{unused_tcp_port}")


async def test_what_happened_instead_is_told(phones: Phones) -> None:
    hers, his = await call_between(phones)
    await his.plays(OTHER)
    with pytest.raises(NotAsExpected) as failure:
        await hers.hears(PROMPT, within=0.3)
    told = str(failure.value)
    assert told.startswith("waited 0.3 s for hearing the sound in vain.\nSIP:\n")
    assert "→ INVITE sip:ben@127.0.0.1:" in told
    assert "sound for 0.80 s" in told
    await his.hangs_up()
    with pytest.raises(NotAsExpected, match="but the call ended before"):
        await hers.hears(PROMPT, within=5)


async def test_a_phone_that_is_not_called(phones: Phones) -> None:
    ann, ben = phones
    await ben.is_not_called(0.05)
    with pytest.raises(NotAsExpected, match=r"was not called within 0\.05 s"):
        await ben.rings(within=0.05)
    with pytest.raises(NotAsExpected, match="knows no server"):
        await ann.dials("1234")
