"""kill -9 at random moments: what was reported as committed is there, whole, and the totals are true."""

import asyncio
import os
import random
import sys
from pathlib import Path

import pytest

from ringback.store.calls import CallRecord
from ringback.store.store import Store
from ringback.store.where import ends_with, equal
from tests.store.conftest import settings_for
from tests.store.records import ACCOUNT

_WRITER = """
import asyncio, sys
from pathlib import Path
from ringback.store.store import Store
from tests.store.conftest import settings_for
from tests.store.records import call

async def one_after_another(store, number):
    while True:
        record = call(to=f"+{number}")
        store.calls.put(record)
        store.calls.amend(record.sid, status="ringing")
        await store.calls.amend(record.sid, status="completed", duration=7)
        print(record.sid, flush=True)

async def main():
    store = await Store.open(settings_for(Path(sys.argv[1]), sys.argv[2]))
    print("open", flush=True)
    await asyncio.gather(*(one_after_another(store, number) for number in range(20)))

asyncio.run(main())
"""


async def announced_until_killed(folder: Path, url: str, after: float) -> list[str]:
    """SIDs that a server said were kept before it was killed, ``after`` seconds of work."""
    pipe = asyncio.subprocess.PIPE
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", _WRITER, str(folder), url, stdout=pipe)
    assert server.stdout is not None
    assert (await server.stdout.readline()).strip() == b"open"
    asyncio.get_running_loop().call_later(after, server.kill)
    said = await server.stdout.read()
    await server.wait()
    return [line.decode() for line in said.split(b"\n")[:-1]]


async def check(store: Store, announced: list[str]) -> None:
    for sid in announced:
        record = await store.calls.get(sid)
        assert record is not None, f"{sid} was reported and is not there"
        assert (record.status, record.duration) == ("completed", 7)
    everything: list[CallRecord] = await store.calls.find(account_sid=ACCOUNT)
    assert await store.calls.count(equal("account_sid", ACCOUNT)) == len(everything)
    for status in ("queued", "ringing", "completed"):
        known = await store.calls.count(equal("account_sid", ACCOUNT), equal("status", status))
        assert known == sum(record.status == status for record in everything)
    ending = await store.calls.count(equal("account_sid", ACCOUNT), ends_with("to", "7"), equal("status", "completed"))
    assert ending == sum(record.to.endswith("7") and record.status == "completed" for record in everything)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_what_was_reported_is_there(tmp_path: Path, database_url: str) -> None:
    dice = random.Random()
    announced: list[str] = []
    kills = 0
    while kills < (2 if not database_url else 1) or not announced:  # on a busy machine one may come before any commit
        announced += await announced_until_killed(tmp_path, database_url, dice.uniform(0.05, 0.3))
        kills += 1

    store = await Store.open(settings_for(tmp_path, database_url))
    await check(store, announced)
    await store.close()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_many_kills(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As many as ``RINGBACK_KILLS`` says."""
    dice = random.Random()
    announced: list[str] = []
    kills = int(os.environ.get("RINGBACK_KILLS", "200"))
    for kill in range(1, kills + 1):
        announced += await announced_until_killed(tmp_path, database_url, dice.uniform(0.01, 0.4))
        if kill % 10 == 0:
            with capsys.disabled():
                sys.stderr.write(f"kill {kill} of {kills}: {len(announced)} records were announced\n")

    store = await Store.open(settings_for(tmp_path, database_url))
    await check(store, announced)
    await store.close()
