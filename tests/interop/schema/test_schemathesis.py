"""Schemathesis asks for everything that the OpenAPI document describes, rightly and wrongly, and judges the answers."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.interop.schema.narrowed import Document, for_twilio, narrowed
from tests.interop.schema.things import make_things
from tests.interop.served import ADMINISTRATOR, TOKEN, Served

#: 501 and 503 are answers too: what is not built or not set up says so
CONFIG = """
[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 501, 503]

[phases.coverage]
unexpected-methods = ["PATCH"]
"""
#: operations that refuse what their schemas allow, and why no schema can say so
NOT_ALL_TAKEN = {
    "POST /Accounts/{account}/Calls": "a number needs an outbound proxy, a client a phone",
    "POST /Accounts/{account}/Calls/{sid}": "a call that is over is not changed",
    "POST /Accounts/{account}/IncomingPhoneNumbers": "a number or an area code; it must be in stock",
    "POST /Accounts/{account}/IncomingPhoneNumbers/Local": "the same",
    "POST /Accounts/{account}/IncomingPhoneNumbers/Mobile": "the same",
    "POST /Accounts/{account}/IncomingPhoneNumbers/TollFree": "the same",
    "PUT /Accounts/{account}/AvailablePhoneNumbers": "the columns of its CSV",
}
CONFIG += "".join(
    f'\n[[operations]]\ninclude-name = "{name}"\nchecks.positive_data_acceptance.enabled = false\n'
    for name in NOT_ALL_TAKEN
)
#: ``ignored_auth`` would lock itself out (see `test_authentication`); what is refused beyond the schema (dates, URLs)
#: and ignored beyond it (unknown parameters) is as specified; a gateway has two paths, and so seems to vanish
NOT_JUDGED = "ignored_auth,negative_data_rejection,ensure_resource_availability"


def same(document: Document) -> Document:
    return document


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("of_dialect", "options"),
    [
        pytest.param(same, ["--phases=coverage,fuzzing,stateful", "--max-examples=3"], id="restcomm"),
        pytest.param(for_twilio, ["--phases=fuzzing,stateful", "--max-examples=4"], id="twilio"),
    ],
)
def test_answers_are_as_described(
    served: Served, tmp_path: Path, of_dialect: Callable[[Document], Document], options: list[str]
) -> None:
    document = of_dialect(served.ask("GET", "/restcomm/2012-04-24/openapi.json").json)
    described = narrowed(document, served.run(make_things(served)), served.url)
    (tmp_path / "openapi.json").write_text(json.dumps(described))
    (tmp_path / "schemathesis.toml").write_text(CONFIG)

    ran = schemathesis(tmp_path, described["servers"][0]["url"], *options)

    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr
    assert f"{operations(described)} selected" in ran.stdout
    assert served.ask("GET", f"/restcomm/2012-04-24/Accounts/{ADMINISTRATOR}").status == 200


def schemathesis(folder: Path, url: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """One seeded run over ``openapi.json`` in ``folder``."""
    program = Path(sys.executable).with_name("schemathesis")
    return subprocess.run(
        [
            program,
            *("run", "openapi.json", "--url", url, "--auth", f"{ADMINISTRATOR}:{TOKEN}"),
            *("--header", "Accept: application/json", "--seed", "1", "--no-shrink", "--no-color"),
            *("--generation-database", "none", "--continue-on-failure", "--suppress-health-check", "all"),
            *("--exclude-checks", NOT_JUDGED, *options),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )


def operations(document: dict[str, Any]) -> int:
    return sum(len(verbs) for verbs in document["paths"].values())
