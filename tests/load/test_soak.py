"""A minute of calls under load: every one goes as it should, and the server holds nothing afterwards that is left over.

The soak is `benchmarks/load/soak.py`; half an hour of it is run by hand, and its figures stand in docs/performance.md.
"""

import sys
from pathlib import Path

import pytest

from tests.interop.programs import running

SOAK = Path(__file__).parents[2] / "benchmarks" / "load" / "soak.py"


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_minute_of_calls_leaves_nothing_behind(tmp_path: Path) -> None:
    # memory still grows towards its steady state in so short a run: half an hour judges that more strictly
    short = ["--minutes", "1", "--calls", "10", "--warm-up", "30", "--most-growth", "25"]
    async with running(sys.executable, str(SOAK), *short, folder=tmp_path) as soak:
        said = await soak.ends_well(within=380)
    assert "0 failed" in said
    assert "nothing left over" in said
