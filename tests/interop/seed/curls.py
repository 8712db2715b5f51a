"""The specification's curl commands and samples, read from `curls.txt`."""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

#: where the specification's text is mutilated, and what was meant
TYPING_ERRORS = (
    ("ACae6e420f425248d6f8c12cc7b8f8423e5c38b035249166@", "{account}:{token}@"),
    ("administrator%40company.com:77f8c12cc7166@", "administrator%40company.com:{token}@"),
    ("{account}:YOUR_PWD@", "{account}:{token}@"),
    ("/Accounts/ACae6e420f425248d6a26948c17a-d ", "/Accounts/{account}/UssdPush -d "),
)
HOSTS = ("127.0.0.1:8080", "<Elastic_IP>:8080", "<RESTCOMM_IP>:8080", "RESTCOMM_IP_ADDRESS:8080")
ACCOUNT, TOKEN = "ACae6e420f425248d6a26948c17a9e2acf", "77f8c12cc7b8f8423e5c38b035249166"
TRUNCATED = "..... TRUNCATED"


@dataclass(frozen=True, slots=True)
class Curl:
    """One command and the sample below it; ``sample`` is empty where none is printed."""

    command: str
    sample: str

    def arguments(self, host: str, others: dict[str, str]) -> list[str]:
        """What to run, with ``host`` (and port) for the specification's, and ``others`` replaced too."""
        return shlex.split(_right(self.command, host, others))

    def printed(self, host: str) -> str:
        return _right(self.sample, host, {})


def curls() -> list[Curl]:
    """All of them, in the order of the specification."""
    _, *blocks = Path(__file__).with_name("curls.txt").read_text().strip().split("\n\n")
    return [Curl(command, sample) for command, _, sample in (block.partition("\n") for block in blocks)]


def _right(text: str, host: str, others: dict[str, str]) -> str:
    for wrong, meant in TYPING_ERRORS:
        text = text.replace(wrong.format(account=ACCOUNT), meant.format(account=ACCOUNT, token=TOKEN))
    for old in HOSTS:
        text = text.replace(old, host)
    for old, new in others.items():
        text = text.replace(old, new)
    return text


def json_of(sample: str) -> Any:
    """The samples lack their last brace."""
    for missing in ("", "}", "}}"):
        try:
            return json.loads(sample + missing)
        except json.JSONDecodeError:
            continue
    raise ValueError(f"not JSON: {sample}")


def xml_of(sample: str) -> Any:
    """The samples lack their last tags, escape no ampersands, and one attribute has two equals signs."""
    text = re.sub(r"&(?!\w+;)", "&amp;", sample.replace("lastpageuri==", "lastpageuri="))
    closing = "</Call></RestcommResponse>" if TRUNCATED in text else "</RestcommResponse>"
    parser = etree.XMLParser(remove_blank_text=True, resolve_entities=False)
    return etree.fromstring(text.replace(TRUNCATED, "") + closing, parser)
