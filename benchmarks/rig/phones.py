"""The bank of phones as the load: many calls with real sound both ways, each packet timed by the kernel.

It lies in the folder that PHONES names (or scenarios/ in PEERS): phone.py speaks SIP, pump.c the RTP, a socket a call.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rig.machine import LOAD_CORES
from rig.server import Missing, Server

#: µ-law has two zeros
ONE_ZERO = bytes.maketrans(b"\x7f", b"\xff")
#: RTP ports of the phones
PORTS = (20_000, 32_000)


def there() -> Path:
    """Where the bank lies. Raises `Missing`."""
    peers = os.environ.get("PEERS", "")
    folder = Path(os.environ.get("PHONES") or f"{peers}/scenarios")
    if not (folder / "phone.py").exists():
        raise Missing("the bank of phones: set PHONES to the folder that holds phone.py, media.py and pump.c")
    return folder


def sounds(folder: Path) -> dict[str, bytes]:
    """prompt, beep and talk, in µ-law: made by the bank, so that every server plays the same."""
    _find()
    import make_audio

    make_audio.write_all(folder)
    return {name: (folder / f"{name}.ulaw").read_bytes() for name in ("prompt", "beep", "talk")}


class Bank:
    """Calls of one trial. ``heard_whole``: those whose sound held the whole ``prompt``, sample by sample."""

    def __init__(self, server: Server, talk: bytes, streams: int, prompt: bytes = b"") -> None:
        _find()
        from phone import Phones

        from media import Pump

        self.prompt = prompt.translate(ONE_ZERO)
        self.heard_whole = 0
        self.pump = Pump(talk, streams=streams, ports=PORTS)
        self.phones = Phones(("127.0.0.1", server.port), 0, self.pump)
        if prompt:
            self.phones.tape_seconds = len(prompt) / 8000 + 0.6
            self._end, self.phones._end = self.phones._end, self._listen
        self.begin = self.pump.totals()

    def _listen(self, call: Any, by: str) -> None:
        if call.state != "done" and call.stream is not None:
            self.heard_whole += self.prompt in self.pump.tape(call.stream).translate(ONE_ZERO)
        self._end(call, by)

    def media(self) -> dict[str, Any]:
        from media import difference

        return dict(difference(self.begin, self.pump.totals()))

    def first_sound_ms(self, call: Any) -> float:
        """Milliseconds from a finished call's ACK to the first packet that it got."""
        return float((call.counts.first_rx_ns / 1e9 - call.acked) * 1000)

    def dial(self, number: str, rate: float, count: int, **how: float) -> None:
        """Starts ``count`` calls, and waits until the last has begun."""
        until = self.phones.plan(number, rate, count, **how)
        time.sleep(max(0.0, until - time.time()))

    def open(self, number: str, rate: float, count: int, patience: float = 10.0) -> int:
        """``count`` calls that stay; how many are up."""
        self.dial(number, rate, count)
        until = time.monotonic() + patience
        while len(self.phones.open_calls()) < count and time.monotonic() < until:
            time.sleep(0.05)
        return len(self.phones.open_calls())


@contextlib.contextmanager
def bank(server: Server, talk: bytes, streams: int, prompt: bytes = b"") -> Iterator[Bank]:
    """The phones, on the load's cores, until the block is left: then they have hung up."""
    os.sched_setaffinity(0, LOAD_CORES)
    made = Bank(server, talk, streams, prompt)
    try:
        yield made
    finally:
        made.phones.hang_up_all()
        made.phones.wait_idle(15)
        made.phones.close()
        made.pump.end()


def _find() -> None:
    place = str(there())
    if place not in sys.path:
        sys.path.insert(0, place)
