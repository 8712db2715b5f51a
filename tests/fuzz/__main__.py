"""`python -m tests.fuzz [TARGET …]`: runs fuzz targets for a bounded time and prints a table of what came of it."""

import argparse
import sys
from pathlib import Path

from tests.fuzz.instrumented import targets  # isort: skip (before anything else of ours is imported)
from tests.fuzz.run import Bounds, Outcome, run


def main() -> int:
    asked = _arguments()
    unknown = set(asked.targets) - targets().keys()
    if unknown:
        sys.exit(f"no such target: {', '.join(sorted(unknown))}; there are: {', '.join(targets())}")
    bounds = Bounds(asked.runs, asked.seconds if asked.runs == 0 else 0, asked.seed)
    _print(f"{'target':18}{'inputs':>12}{'a second':>10}{'peak MB':>9}  found")
    outcomes = []
    for name in asked.targets or targets():
        sys.stdout.write(f"{name:18}")
        sys.stdout.flush()
        outcomes.append(run(name, targets()[name], asked.corpus, bounds))
        _show(outcomes[-1])
    _print(f"{'all':18}{sum(one.inputs for one in outcomes):12,}")
    return 1 if any(one.status for one in outcomes) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.fuzz", description=__doc__)
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help=f"of {', '.join(targets())}; all when none is named"
    )
    parser.add_argument(
        "--runs",
        type=int,
        default=0,
        help="inputs for each target, fewer for dear ones (then --seconds does not count)",
    )
    parser.add_argument("--seconds", type=int, default=60, help="time for each target")
    parser.add_argument("--seed", type=int, default=0, help="of the luck; 0: another one each time")
    parser.add_argument("--corpus", type=Path, default=Path(".fuzz"), help="where inputs worth trying are kept")
    return parser.parse_args()


def _show(outcome: Outcome) -> None:
    speed = outcome.inputs / max(outcome.seconds, 0.001)
    _print(
        f"{outcome.inputs:12,}{speed:10,.0f}{outcome.megabytes:9,}  "
        f"{f'status {outcome.status}: {outcome.log}' if outcome.status else 'nothing'}"
    )
    if outcome.found:
        _print(outcome.found)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
