"""An IVR on one core: prompt, `Gather` of one key, hang up; with sound both ways, a web server for the documents, and
Asterisk with FastAGI beside it.

    python benchmarks/ivr.py [--servers whole,asterisk] [--probe 8] [--hold 20] [--rate 60]

A trial is good when every call is answered, hears the whole prompt (compared sample by sample), is hung up on its key,
no SIP message was sent twice, and at most 0.1 % of the packets came over 60 ms late. Told is the highest rate that is
good for ``--hold`` seconds; all processes of a server on one core, phones and web (or FastAGI) server on the others.
The phones are those of PHONES, Asterisk needs PEERS (see `rig`).
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rig.asterisk import asterisk
from rig.machine import machine
from rig.menu import MENU, PRESS_AFTER, ringback_menu
from rig.phones import bank, sounds, there
from rig.processes import cpu_seconds, end_on_signals
from rig.search import add_options, best, bests
from rig.server import Missing, Server

SERVERS = {"whole": ringback_menu, "asterisk": asterisk}
FIRST = {"whole": 70, "asterisk": 55}
LATE = 0.001


@dataclass(frozen=True)
class Trial:
    """``first_ms``: from the ACK to the first packet, p50 and p95."""

    rate: float
    asked: int
    ended_well: int
    heard_whole: int
    sent_again: int
    late: float
    first_ms: tuple[float, float]
    most_open: int
    share: float
    load_late_ms: float
    reasons: dict[str, int]

    @property
    def good(self) -> bool:
        return self.asked == self.ended_well == self.heard_whole and not self.sent_again and self.late <= LATE

    def __str__(self) -> str:
        text = f"{self.rate:.1f}/s, {self.most_open} open: {self.ended_well} of {self.asked} ended by their key"
        text += f", {self.heard_whole} prompts whole, {self.sent_again} sent again, late {self.late:.3%}"
        text += f", ACK to sound p50 {self.first_ms[0]:.1f} p95 {self.first_ms[1]:.1f} ms, {self.share:.2f} of a core"
        return text + (f" {self.reasons}" if self.reasons else "")


def attempt(heard: dict[str, bytes], server: Server, rate: float, seconds: float) -> Trial:
    asked = max(1, round(rate * seconds))
    with bank(server, heard["talk"], int(rate * 12) + 200, heard["prompt"]) as phones:
        until = phones.phones.plan(MENU, rate, asked, digit_after=PRESS_AFTER)
        time.sleep(ramp := min(PRESS_AFTER, seconds / 2))
        started, before = time.monotonic(), cpu_seconds(server.pids)
        while time.time() < until - 0.2 and not phones.phones.troubles():
            time.sleep(0.2)
        share = (cpu_seconds(server.pids) - before) / max(0.1, time.monotonic() - started)
        if phones.phones.troubles():
            phones.phones.plan_no_more()
        phones.phones.wait_idle(PRESS_AFTER + ramp + 8)
        media, calls = phones.media(), list(phones.phones.finished)
        first = sorted(phones.first_sound_ms(call) for call in calls if call.counts.first_rx_ns)
    reasons: dict[str, int] = {}
    for call in calls:
        if call.ended_by != "server":
            reasons[call.ended_by] = reasons.get(call.ended_by, 0) + 1
    return Trial(
        rate,
        asked,
        sum(call.ended_by == "server" and call.digit_sent > 0 for call in calls),
        phones.heard_whole,
        sum(call.resent + call.repeats for call in calls),
        media["late60_share"],
        (at(first, 0.5), at(first, 0.95)),
        phones.phones.peak,
        share,
        media["client_late_p99_ms"] or 0.0,
        reasons,
    )


def at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def measure(name: str, folder: Path, heard: dict[str, bytes], options: argparse.Namespace) -> Trial | None:
    return best(partial(SERVERS[name], folder), partial(attempt, heard), FIRST[name], options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default=",".join(SERVERS))
    add_options(parser)
    options = parser.parse_args()
    try:
        there()
    except Missing as missing:
        print(f"ivr: left out, without {missing}")
        return
    end_on_signals()
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as name:
        heard = sounds(Path(name))
        found = bests("ivr", options.servers, lambda server: measure(server, Path(name), heard, options))
    beside = "no peer"
    if len(found) == 2:
        ours, peer = found["whole"], found["asterisk"]
        rate, share = ours.rate / peer.rate, ours.share / max(peer.share, 1e-9)
        beside = f"{share:.2f} × the CPU of Asterisk" if options.rate else f"{rate:.2f} × the rate of Asterisk"
    print(f"ivr: {beside} | {machine()}")


if __name__ == "__main__":
    main()
