"""From the ACK to the first packet of sound, with one call and with 200 open ones, beside Asterisk.

    python benchmarks/first_sound.py [--servers whole,asterisk] [--open 200] [--calls 100] [--rate 10]

Each call runs the IVR's document, fetched from a customer's server; what is timed is the time of the ACK and the
kernel's time of the first RTP packet. The phones are those of PHONES, Asterisk needs PEERS (see `rig`).
"""

import argparse
import tempfile
import time
from pathlib import Path

from rig.asterisk import asterisk
from rig.machine import machine
from rig.menu import LONG, ringback_menu
from rig.phones import bank, sounds, there
from rig.processes import end_on_signals
from rig.server import Missing, Server

SERVERS = {"whole": ringback_menu, "asterisk": asterisk}
#: calls that open themselves each second until enough are open; seconds that a measured call lasts
OPENING, LASTS = 25.0, 1.0


def measure(server: Server, talk: bytes, others: int, calls: int, rate: float) -> list[float]:
    """Milliseconds of each of ``calls`` that begin at ``rate`` a second while ``others`` are open, in order."""
    with bank(server, talk, others + calls + 50) as phones:
        up = phones.open(LONG, OPENING, others) if others else 0
        if up < others:
            print(f"first_sound: {server.name}: only {up} of {others} came up", flush=True)
        begun = set(phones.phones.calls)
        phones.dial(LONG, rate, calls, hang_up_after=LASTS)
        until, measured = time.monotonic() + LASTS + 5, []
        while len(measured) < calls and time.monotonic() < until:
            time.sleep(0.05)
            measured = [call for call in list(phones.phones.finished) if call.call_id not in begun]
        return sorted(phones.first_sound_ms(call) for call in measured if call.counts.first_rx_ns)


def at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def one(name: str, folder: Path, talk: bytes, options: argparse.Namespace) -> None:
    try:
        with SERVERS[name](folder) as server:
            measure(server, talk, 0, 5, 2)  # the sounds are fetched, and nothing is loaded for the first time later
            for others, rate in ((0, 1 / LASTS), (options.open - 1, options.rate)):
                found = measure(server, talk, others, options.calls if others else max(20, options.calls // 5), rate)
                print(
                    f"first_sound: {name:9} {others + 1} open: ACK to sound p50 {at(found, 0.5):.1f} "
                    f"p95 {at(found, 0.95):.1f} most {at(found, 1):.1f} ms, of {len(found)} calls",
                    flush=True,
                )
    except Missing as missing:
        print(f"first_sound: without {missing}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default=",".join(SERVERS))
    parser.add_argument("--open", type=int, default=200)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--rate", type=float, default=10)
    options = parser.parse_args()
    try:
        there()
    except Missing as missing:
        print(f"first_sound: left out, without {missing}")
        return
    end_on_signals()
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as name:
        talk = sounds(Path(name))["talk"]
        for server in options.servers.split(","):
            one(server, Path(name), talk, options)
    print(f"first_sound: {machine()}")


if __name__ == "__main__":
    main()
