"""Chance in portions: each octet is given out once, in any thread and any process."""

import os
from concurrent.futures import ThreadPoolExecutor

from ringback.kernel.chance import random_octets


def test_as_many_as_are_asked_for_and_never_the_same() -> None:
    drawn = [random_octets(count) for count in (6, 16, 1, 4096, 16)]
    assert [len(one) for one in drawn] == [6, 16, 1, 4096, 16]
    assert len({random_octets(8) for _ in range(5000)}) == 5000


def test_threads_never_get_the_same() -> None:
    with ThreadPoolExecutor(4) as threads:
        portions = list(threads.map(lambda _: [random_octets(8) for _ in range(2000)], range(4)))
    assert len({one for portion in portions for one in portion}) == 8000


def test_a_forked_process_draws_its_own() -> None:
    random_octets(1)
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writable, random_octets(16))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(readable, 16) != random_octets(16)
    os.close(readable)
    os.close(writable)
