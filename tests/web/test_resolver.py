"""Name servers that hang: they delay who asked them, and nobody else."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ringback.web.private import Border
from ringback.web.resolver import Resolver


class Names:
    """Stands for the system's resolver: names of ``slow.example`` are answered when `go_on` is set."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def getaddrinfo(self, host: str, port: int, *rest: Any) -> list[Any]:
        with self._lock:
            self.asked[host.partition(".")[2]] += 1
        if host.endswith("slow.example"):
            self.go_on.wait(30)
        if host.startswith("no-"):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", port))]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    made = Names()
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    yield made
    made.go_on.set()


async def test_many_names_of_a_hanging_domain_leave_room_for_the_others(names: Names) -> None:
    resolver = Resolver(Border(True))
    hanging = [asyncio.ensure_future(resolver.resolve(f"h{number}.slow.example", 80)) for number in range(100)]
    for number in range(50):
        (found,) = await resolver.resolve(f"h{number}.other{number}.example", 80)
        assert found[4] == ("192.0.2.1", 80)
    assert not any(task.done() for task in hanging)
    assert names.asked["slow.example"] == 8
    names.go_on.set()
    assert len(await asyncio.gather(*hanging)) == 100
    await resolver.close()


async def test_who_gives_up_waiting_leaves_no_more_questions_than_turns(names: Names) -> None:
    resolver = Resolver(Border(True))
    for round_ in range(3):
        tasks = [
            asyncio.ensure_future(resolver.resolve(f"no-{round_}-{number}.slow.example", 80)) for number in range(20)
        ]
        await resolver.resolve("a.other.example", 80)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert names.asked["slow.example"] == 8
    names.go_on.set()
    with pytest.raises(socket.gaierror):
        await resolver.resolve("no-more.slow.example", 80)
    await resolver.close()


async def test_more_questions_than_may_wait_are_refused_at_once(names: Names) -> None:
    resolver = Resolver(Border(True))
    tasks = [asyncio.ensure_future(resolver.resolve(f"h{number}.slow.example", 80)) for number in range(8 + 256)]
    await asyncio.sleep(0)
    with pytest.raises(socket.gaierror, match="too many names of one domain"):
        await resolver.resolve("another.slow.example", 80)
    names.go_on.set()
    await asyncio.gather(*tasks)
    await resolver.close()
