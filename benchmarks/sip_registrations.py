"""Registrations with digest on one core: REGISTER, 401, REGISTER, 200, by SIPp on loopback, beside Asterisk.

    python benchmarks/sip_registrations.py [--users 10000] [--servers whole,asterisk] [--probe 8] [--hold 20] [--rate 0]

The users are the same for both servers, each with a password of its own, and register in turn. Told is the highest
rate with none failed and no message sent again, held for ``--hold`` seconds; the whole server has each registration on
disk before it answers. ``--rate`` takes one rate instead of searching for it. Asterisk needs PEERS (see `rig`).
"""

import argparse
import shutil
import tempfile
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from rig.asterisk import asterisk
from rig.machine import machine
from rig.processes import end_on_signals
from rig.search import add_options, best, bests
from rig.server import Server
from rig.sipp import Trial, compared, trial
from rig.whole import user, whole

FIRST = {"whole": 800, "asterisk": 1000}


def users(count: int) -> list[tuple[str, str]]:
    """Login and password, as Asterisk's start script makes them."""
    return [(f"u{number:04d}", f"pw{number:04d}") for number in range(count)]


def ringback(folder: Path, count: int) -> AbstractContextManager[Server]:
    return whole(folder, fill=lambda store: [user(store, *both) for both in users(count)])


def file_for_sipp(folder: Path, count: int) -> Path:
    path = folder / "users.csv"
    rows = [f"{login};[authentication username={login} password={password}]" for login, password in users(count)]
    path.write_text("\n".join(["SEQUENTIAL", *rows]) + "\n")
    return path


def measure(name: str, folder: Path, options: argparse.Namespace) -> Trial | None:
    extra = ["-inf", str(file_for_sipp(folder, options.users))]
    start = (
        partial(ringback, folder, options.users) if name == "whole" else partial(asterisk, folder, users=options.users)
    )

    def attempt(server: Server, rate: float, seconds: float) -> Trial:
        return trial(server, "register.xml", rate, seconds, extra)

    return best(start, attempt, FIRST[name], options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--servers", default=",".join(FIRST))
    add_options(parser)
    options = parser.parse_args()
    if not shutil.which("sipp"):
        print("sip_registrations: left out, since it needs SIPp: apt-get install sip-tester")
        return
    end_on_signals()
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as name:
        found = bests("sip_registrations", options.servers, lambda server: measure(server, Path(name), options))
    beside = "no peer"
    if len(found) == 2:
        beside = f"{compared(found['whole'], found['asterisk'], fixed=options.rate > 0)} Asterisk"
    print(f"sip_registrations: {options.users:,} users; {beside} | {machine()}")


if __name__ == "__main__":
    main()
