"""The served OpenAPI document, narrowed to what is there: with SIDs of real things for its placeholders.

Nothing else is changed, so that what the server answers is held against what it says of itself.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.interop.served import ADMINISTRATOR

Document = dict[str, Any]
#: what is changed of this account is not the administrator's token, nor whether it is active
_NOT_CHANGED = ("Password", "Status", "Role")
#: which pages there are, which SIDs are of a list, and which area codes are in stock, no schema can say
_LEFT_OUT = ("Page", "RangeIndex", "AfterSid", "AreaCode")
_FORM = "application/x-www-form-urlencoded"
#: one number of a stock that is loaded; no schema can say what CSV is
_STOCK = r"^PhoneNumber\n\+14155550[0-9]{3}\n$"


def narrowed(document: Document, sids: dict[str, str], deletable: dict[str, str], url: str) -> Document:
    """``sids``: of real things by the path of their list (`things.make_things`); ``deletable`` of others, to delete."""
    document = deepcopy(document)
    document["servers"] = [{"url": url + document["servers"][0]["url"]}]
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            operation["parameters"] = [one for one in operation["parameters"] if one["name"] not in _LEFT_OUT]
            _narrow_parameters(path, operation["parameters"], deletable if verb == "delete" else sids)
            _narrow_body(path, operation.get("requestBody", {}).get("content", {}), sids)
    return document


def _narrow_parameters(path: str, parameters: list[Document], sids: dict[str, str]) -> None:
    for parameter in parameters:
        if parameter["in"] == "path" and "pattern" not in parameter["schema"]:
            parameter["schema"] = _values(path, parameter["name"], sids)


def _narrow_body(path: str, contents: Document, sids: dict[str, str]) -> None:
    if "text/csv" in contents:
        contents["text/csv"]["schema"]["pattern"] = _STOCK
    if _FORM in contents:
        form = contents[_FORM]["schema"]
        form["properties"] = {
            name: _fit(path, name, schema, sids)
            for name, schema in form["properties"].items()
            if name not in (_NOT_CHANGED if path == "/Accounts/{account}" else _LEFT_OUT)
        }
        form["anyOf"] = [item for item in form.get("anyOf", [{}]) if item.get("required") != ["AreaCode"]]


def _fit(path: str, name: str, schema: Document, sids: dict[str, str]) -> Document:
    """What the server would take more often than any text: the document says "string" of addresses and numbers."""
    if name.endswith(("Url", "StatusCallback")):
        return {**schema, "enum": ["/restcomm/demos/hello-play.xml", "http://127.0.0.1:9/nothing"]}
    if name.endswith("ApplicationSid"):
        return {**schema, "pattern": f"^(?:{sids['Kept']})?$"}
    if name == "To" and path.endswith("/Calls"):  # a number needs an outbound proxy, a client a phone
        return {**schema, "pattern": r"^sip:[a-z]{3,8}@127[.]0[.]0[.]1:9$"}
    if name == "PhoneNumber" and path.endswith("/OutgoingCallerIds"):
        return {**schema, "pattern": r"^[+]1415555[0-9]{4}$"}
    return schema


def _values(path: str, name: str, sids: dict[str, str]) -> Document:
    if name == "account":
        return {"type": "string", "enum": [ADMINISTRATOR, "administrator@company.com"]}
    if name == "country":
        return {"type": "string", "enum": ["US", "us", "GB"]}
    if name == "call":
        return {"type": "string", "enum": [sids["Participants"]]}
    kind = next(kind for kind in sids if f"/{kind.rpartition('/')[2]}/{{{name}}}" in path)
    return {"type": "string", "enum": [sids[kind]]}
