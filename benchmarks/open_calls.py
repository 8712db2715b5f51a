"""Memory of an open call: (1,000 open − none open) ÷ 1,000, over all processes of the server, beside Asterisk.

    python benchmarks/open_calls.py [--servers whole,asterisk] [--calls 1000] [--rate 40]

The calls have sound both ways and wait for a key. Counted is the proportional set size (PSS), so that pages which
processes share count once. None open: after a few calls, so that nothing is loaded for the first time in between. The
phones are those of PHONES, Asterisk needs PEERS (see `rig`).
"""

import argparse
import tempfile
import time
from pathlib import Path

from rig.asterisk import asterisk
from rig.machine import machine
from rig.menu import LONG, ringback_menu
from rig.phones import bank, sounds, there
from rig.processes import end_on_signals, family, pss_kb
from rig.server import Missing, Server

SERVERS = {"whole": ringback_menu, "asterisk": asterisk}
#: seconds that the prompt takes, and that memory gets to settle
PROMPT, SETTLES = 3.5, 2.0


def kilobytes(server: Server) -> int:
    time.sleep(SETTLES)
    return sum(pss_kb(pid) for pid in family(server.pids))


def measure(server: Server, talk: bytes, calls: int, rate: float) -> tuple[int, int, int]:
    """How many were up, and kilobytes with none and with them."""
    with bank(server, talk, 50) as phones:
        phones.open(LONG, 10, 10)
    none = kilobytes(server)
    with bank(server, talk, calls + 50) as phones:
        up = phones.open(LONG, rate, calls)
        time.sleep(PROMPT)
        return up, none, kilobytes(server)


def one(name: str, folder: Path, talk: bytes, options: argparse.Namespace) -> None:
    try:
        with SERVERS[name](folder) as server:
            up, none, many = measure(server, talk, options.calls, options.rate)
    except Missing as missing:
        print(f"open_calls: without {missing}", flush=True)
        return
    if up < options.calls:
        print(f"open_calls: {name:9} NOT GOOD: only {up} of {options.calls} came up", flush=True)
        return
    each = (many - none) / up
    print(
        f"open_calls: {name:9} {each:.1f} kB each: {none / 1000:.1f} MB with none, {many / 1000:.1f} MB with {up}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default=",".join(SERVERS))
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=40)
    options = parser.parse_args()
    try:
        there()
    except Missing as missing:
        print(f"open_calls: left out, without {missing}")
        return
    end_on_signals()
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as name:
        talk = sounds(Path(name))["talk"]
        for server in options.servers.split(","):
            one(server, Path(name), talk, options)
    print(f"open_calls: {machine()}")


if __name__ == "__main__":
    main()
