"""Schemathesis asks for everything that the OpenAPI document describes, rightly and wrongly, and judges the answers."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.interop.schema.narrowed import narrowed
from tests.interop.schema.things import make_things
from tests.interop.served import ADMINISTRATOR, TOKEN, Served
from tests.store.postgresql import IS_WANTED

#: what the schema allows is taken; or it is of what is not there any more, in conflict with what is there, or over; or
#: not built or not set up, which it says
CONFIG = """
[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 501, 503]
positive_data_acceptance.expected-statuses = ["2xx", 404, 409, 410, 501, 503]

[phases.coverage]
unexpected-methods = ["PATCH"]
"""
#: what no schema can say: which calls and conferences are over, and not changed; to Twilio's clients that is a bad
#: parameter, as it is there
OVER = {"/Accounts/{account}/Calls/{sid}", "/Accounts/{account}/Conferences/{sid}"}
CONFIG_OF_TWILIO = CONFIG + "".join(
    f'''
[[operations]]
include-path = "{path}"
include-method = "POST"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 404, 409, 501]
'''
    for path in sorted(OVER)
)
#: ``ignored_auth`` would lock itself out (see `test_authentication`); a gateway has two paths, and so seems to vanish
NOT_JUDGED = "ignored_auth,ensure_resource_availability"


@pytest.mark.timeout(660)
@pytest.mark.parametrize(
    ("dialect", "config"),
    [
        pytest.param("/restcomm/2012-04-24", CONFIG, id="restcomm"),
        pytest.param("/2010-04-01", CONFIG_OF_TWILIO, id="twilio"),
    ],
)
def test_answers_are_as_described(served: Served, tmp_path: Path, dialect: str, config: str) -> None:
    stock = served.ask("GET", f"{dialect}/Accounts/{ADMINISTRATOR}/AvailablePhoneNumbers.json")
    assert stock.status == 200  # what comes with the server is there before another stock is loaded
    document = served.ask("GET", f"{dialect}/openapi.json").json
    things, deletable = (served.run(make_things(served)) for _ in range(2))
    described = narrowed(document, things, deletable, served.url)
    (tmp_path / "openapi.json").write_text(json.dumps(described))
    (tmp_path / "schemathesis.toml").write_text(config)

    ran = schemathesis(tmp_path, described["servers"][0]["url"])

    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr
    assert f"{operations(described)} selected" in ran.stdout
    assert served.ask("GET", f"/restcomm/2012-04-24/Accounts/{ADMINISTRATOR}").status == 200


def schemathesis(folder: Path, url: str) -> "subprocess.CompletedProcess[str]":
    """One seeded run over ``openapi.json`` in ``folder``."""
    phases, examples = ("fuzzing", "1") if IS_WANTED else ("coverage,fuzzing,stateful", "3")
    program = Path(sys.executable).with_name("schemathesis")
    return subprocess.run(
        [
            program,
            *("run", "openapi.json", "--url", url, "--auth", f"{ADMINISTRATOR}:{TOKEN}"),
            *("--header", "Accept: application/json", "--seed", "1", "--no-shrink", "--no-color"),
            *("--generation-database", "none", "--continue-on-failure", "--suppress-health-check", "all"),
            *("--exclude-checks", NOT_JUDGED, "--phases", phases, "--max-examples", examples),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def operations(document: dict[str, Any]) -> int:
    return sum(len(verbs) for verbs in document["paths"].values())
