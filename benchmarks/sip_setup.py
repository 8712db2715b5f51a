"""Call set-ups on one core: INVITE, 200, ACK, a moment, BYE, by SIPp on loopback, beside sippy's UAS and Asterisk.

    python benchmarks/sip_setup.py [--servers bare,whole,sippy,asterisk] [--probe 8] [--hold 20] [--rate 200]

The whole server runs with everything on: each call has its record and its journal, and its document is fetched from a
customer's server. Told is the highest rate with no call failed and no message sent again, held for ``--hold`` seconds,
and the server's processor time for a call at that rate. ``--rate`` takes one rate instead of searching for it, which is
the steadier way to compare two versions. Servers on one core, SIPp on the others. Asterisk needs PEERS (see `rig`).
"""

import argparse
import shutil
import tempfile
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from rig.asterisk import asterisk
from rig.bare import bare
from rig.machine import machine
from rig.processes import end_on_signals
from rig.search import add_options, best, bests
from rig.server import Server
from rig.sipp import Trial, compared, trial
from rig.sippy import sippy
from rig.whole import whole

NUMBER = "1000"
WAIT = '<Response><Gather timeout="60"/></Response>'
#: the rate that each search begins with
FIRST = {"bare": 1000, "whole": 300, "sippy": 250, "asterisk": 400}


def with_everything(folder: Path) -> AbstractContextManager[Server]:
    documents = folder / "documents"
    documents.mkdir(exist_ok=True)
    (documents / "wait.xml").write_text(WAIT)
    return whole(folder, documents, {NUMBER: "wait.xml"})


SERVERS = {"bare": bare, "whole": with_everything, "sippy": sippy, "asterisk": asterisk}


def attempt(server: Server, rate: float, seconds: float) -> Trial:
    return trial(server, "setup.xml", rate, seconds, ["-s", NUMBER])


def measure(name: str, folder: Path, options: argparse.Namespace) -> Trial | None:
    """The best of one server. Raises `Missing`."""
    return best(partial(SERVERS[name], folder), attempt, FIRST[name], options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default=",".join(SERVERS))
    add_options(parser)
    options = parser.parse_args()
    if not shutil.which("sipp"):
        print("sip_setup: left out, since it needs SIPp: apt-get install sip-tester")
        return
    end_on_signals()
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as name:
        found = bests("sip_setup", options.servers, lambda server: measure(server, Path(name), options))
    beside = [
        f"{ours} {compared(found[ours], found[peer], fixed=options.rate > 0)} {peer}"
        for ours in ("bare", "whole")
        for peer in ("sippy", "asterisk")
        if ours in found and peer in found
    ]
    print(f"sip_setup: {'; '.join(beside) or 'no peer'} | {machine()}")


if __name__ == "__main__":
    main()
