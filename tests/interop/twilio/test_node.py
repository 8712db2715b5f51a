"""Twilio's Node SDK makes, lists, reads, changes and deletes what it can, and understands what is refused.

The SDK is installed once, as its lock says, beside the environment that the tests run in.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interop.schema.things import make_things
from tests.interop.served import Served
from tests.interop.twilio.people import Phones, calls_of, new_account

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="node and npm are not installed"),
    pytest.mark.timeout(150),
]
HERE = Path(__file__).with_name("node")
NAMES = re.findall(r"^scenarios\.(\w+) =", (HERE / "scenarios.cjs").read_text(), re.MULTILINE)
MANY = 125


@pytest.fixture(scope="module")
def sdk() -> Path:
    """The folder with the SDK; tests that run at once wait for whoever installs it."""
    parts = [HERE / name for name in ("package.json", "package-lock.json", ".npmrc")]
    digest = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:16]
    folder = Path(sys.prefix) / "twilio-node" / digest
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            for part in parts:
                shutil.copy(part, folder)
            command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]
            ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
            assert ran.returncode == 0, ran.stdout + ran.stderr
            (folder / "ready").touch()
    return folder


@pytest.fixture(scope="module")
def faults(served: Served, sdk: Path, phone: Phones) -> dict[str, str | None]:
    """By scenario, what was wrong."""
    account, other = served.run(new_account(served)), served.run(new_account(served))
    talk = {
        "url": served.url,
        "account": {"sid": account.sid, "token": account.token},
        "other": {"sid": other.sid, "token": other.token},
        "calls": served.run(calls_of(served, account, MANY)),
        "things": served.run(make_things(served, account.sid)),
        "phone": phone.uri,
        "document": phone.waits,
        "moved": phone.other,
    }
    ran = subprocess.run(
        ["node", str(HERE / "scenarios.cjs")],
        env={**os.environ, "NODE_PATH": str(sdk / "node_modules"), "TALK": json.dumps(talk)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    return {line["name"]: line["fault"] for line in found}


@pytest.mark.parametrize("name", NAMES)
def test_scenario(faults: dict[str, str | None], name: str) -> None:
    assert faults[name] is None, faults[name]
