"""The highest rate that a server carries: a few seconds bracket it, and a longer run must hold it.

A server that had a bad trial is started anew: what it still has to forget would spoil the next one.
"""

import argparse
import contextlib
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Generic, Protocol, TypeVar

from rig.server import Missing, Server


class Result(Protocol):
    @property
    def good(self) -> bool: ...


Start = Callable[[], AbstractContextManager[Server]]
Found = TypeVar("Found", bound=Result)
Try = Callable[[Server, float, float], Found]
#: how near the bracket comes, and the step down when the edge is not held
_NEAR, _STEP = 0.06, 0.95
_GROWTH = 1.25


class Search(Generic[Found]):
    """``start`` starts the server, ``attempt(server, rate, seconds)`` is one trial, ``first`` the first rate."""

    def __init__(self, start: Start, attempt: Try[Found], first: float, probe: float, hold: float) -> None:
        self._start, self._attempt = start, attempt
        self._first, self._probe, self._hold = first, probe, hold
        self._server: Server | None = None

    def highest(self) -> Found | None:
        """The trial that held the highest rate; None: not even one a second was held."""
        with contextlib.ExitStack() as stack:
            self._stack = stack
            rate = self._edge()
            while rate >= 1:
                if (result := self._try(rate, self._hold)).good:
                    return result
                rate *= _STEP
            return None

    def _edge(self) -> float:
        good, bad, rate = 0.0, 0.0, self._first
        while not bad or bad > good * (1 + _NEAR):
            if self._try(rate, self._probe).good:
                good = rate
            else:
                bad = rate
            rate = self._next(good, bad)
            if rate < 1:
                return 0.0
        return good

    @staticmethod
    def _next(good: float, bad: float) -> float:
        if not bad:
            return good * _GROWTH
        return (good + bad) / 2 if good else bad / _GROWTH

    def _try(self, rate: float, seconds: float) -> Found:
        if self._server is None:
            self._server = self._stack.enter_context(self._start())
            self._attempt(self._server, max(1.0, self._first / 8), 2.0)  # nothing is loaded for the first time later
        result = self._attempt(self._server, rate, seconds)
        print(f"  {self._server.name}: {result}{'' if result.good else '  NOT GOOD'}", file=sys.stderr, flush=True)
        if not result.good:
            self._stack.close()
            self._server = None
        return result


def add_options(parser: argparse.ArgumentParser) -> None:
    """What `best` goes by."""
    parser.add_argument("--probe", type=float, default=8)
    parser.add_argument("--hold", type=float, default=20)
    parser.add_argument("--rate", type=float, default=0)


def bests(program: str, servers: str, measure: Callable[[str], Found | None]) -> dict[str, Found]:
    """What ``measure`` finds of each of the ``servers`` (names between commas), each told as soon as it is known."""
    found: dict[str, Found] = {}
    for server in servers.split(","):
        try:
            trial = measure(server)
        except Missing as missing:
            print(f"{program}: without {missing}", flush=True)
            continue
        if trial is not None:
            found[server] = trial
            print(f"{program}: {server:9} {'' if trial.good else 'NOT GOOD: '}{trial}", flush=True)
    return found


def best(start: Start, attempt: Try[Found], first: float, options: argparse.Namespace) -> Found | None:
    """The trial at the rate that is asked for, or else at the highest that is held. Raises `Missing`."""
    if not options.rate:
        return Search(start, attempt, first, options.probe, options.hold).highest()
    with start() as server:
        attempt(server, options.rate / 8, 2.0)
        return attempt(server, options.rate, options.hold)
