"""The served OpenAPI document, narrowed to what is there: with SIDs of real things for its placeholders.

Nothing else is changed, so that what the server answers is held against what it says of itself. Twilio's dialect has
no document of its own; what is said of it there is said here: its paths, 201 and 204, JSON, null for no value.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.interop.served import ADMINISTRATOR

Document = dict[str, Any]
#: what is changed of this account is not the administrator's token, nor whether it is active
_NOT_CHANGED = ("Password", "Status", "Role")
#: a page that there is, and no SID that may be of another list: no schema can say either
_ONLY_THERE: Document = {"Page": {"maximum": 0}, "AfterSid": {"pattern": "^$"}, "RangeIndex": {"maximum": 0}}
_FORM = "application/x-www-form-urlencoded"
_ONLY_RESTCOMM = (
    "Announcements",
    "AvailableCountries",
    "Clients",
    "Email",
    "Logout",
    "Management",
    "Organizations",
    "OutboundProxy",
    "Sandbox",
    "Supervisor",
    "UssdPush",
    "Version",
)


def narrowed(document: Document, sids: dict[str, str], url: str) -> Document:
    """``sids``: of real things by the path of their list (`things.make_things`)."""
    document = deepcopy(document)
    document["servers"] = [{"url": url + document["servers"][0]["url"]}]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    parameter["schema"] = _values(path, parameter["name"], sids)
                parameter["schema"] |= _ONLY_THERE.get(parameter["name"], {})
            content = operation.get("requestBody", {}).get("content", {}).get(_FORM)
            if content is not None:
                content["schema"]["properties"] = {
                    name: _fit(name, schema, sids)
                    for name, schema in content["schema"]["properties"].items()
                    if path != "/Accounts/{account}" or name not in _NOT_CHANGED
                }
    return document


def _fit(name: str, schema: Document, sids: dict[str, str]) -> Document:
    """What the server would take more often than any text: the document says "string" of URLs, addresses, numbers."""
    if name.endswith(("Url", "StatusCallback")):
        return {**schema, "enum": ["/restcomm/demos/hello-play.xml", "http://127.0.0.1:9/nothing"]}
    if name.endswith("ApplicationSid"):
        return {**schema, "enum": [sids["Kept"]]}
    if name == "EmailAddress":
        return {**schema, "pattern": "^[a-z]{12}@example[.]com$"}
    if name in ("PhoneNumber", "To") and "@" not in schema["pattern"]:
        return {**schema, "pattern": r"^[+]1415555[0-9]{4}$"}
    if name == "Login":
        return {**schema, "pattern": "^[a-z]{12}$"}
    return schema


def _values(path: str, name: str, sids: dict[str, str]) -> Document:
    if name == "account":
        return {"type": "string", "enum": [ADMINISTRATOR, "administrator@company.com"]}
    if name == "country":
        return {"type": "string", "enum": ["US", "us", "FR"]}
    if name == "period":
        return {"type": "string", "enum": ["Daily", "Monthly", "Yearly", "AllTime", "Today", "LastMonth"]}
    if name == "call":
        return {"type": "string", "enum": [sids["Participants"], sids["Calls"]]}
    kind = next(kind for kind in sids if f"/{kind.rpartition('/')[2]}/{{{name}}}" in path)
    return {"type": "string", "enum": [sids[kind], sids[kind][:-4] + "0000"]}


def for_twilio(document: Document) -> Document:
    """The same, as Twilio's dialect has it."""
    document = deepcopy(document)
    document["servers"] = [{"url": "/2010-04-01"}]
    document["paths"] = {
        path.replace("SMS/Messages", "Messages"): operations
        for path, operations in document["paths"].items()
        if not any(word in path for word in _ONLY_RESTCOMM) and not path.endswith("AvailablePhoneNumbers")
    }
    for operations in document["paths"].values():
        for verb, operation in operations.items():
            _answers(verb, operation)
    for schema in document["components"]["schemas"].values():
        if "description" in schema:
            schema["properties"] = {name: {} for name in schema["properties"]}
            schema.pop("required", None)
    for response in document["components"]["responses"].values():
        response["content"].pop("application/xml")
    accounts = document["paths"]["/Accounts"]["post"]["requestBody"]["content"].values()
    for content in accounts:
        content["schema"] = {"type": "object", "properties": {"FriendlyName": {"type": "string", "maxLength": 64}}}
    return document


def _answers(verb: str, operation: Document) -> None:
    responses = operation["responses"]
    if verb == "delete":
        responses["204"] = responses.pop("204", None) or responses.pop("200")
        return
    shown = responses["200"].get("content", {})
    shown.pop("application/xml", None)
    if "application/json" in shown:
        listed = shown["application/json"]["schema"].get("properties", {})
        items = [schema for schema in listed.values() if schema["type"] == "array"]
        if items:
            shown["application/json"]["schema"] = _TWILIO_PAGE
    if any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"]):
        responses["201"] = responses.pop("200")


_NUMBERS = ("page", "page_size", "start", "end", "total", "num_pages")
_LINKS = ("uri", "first_page_uri", "last_page_uri")
_NEXT = ("next_page_uri", "previous_page_uri")
_TWILIO_PAGE: Document = {
    "type": "object",
    "required": [*_NUMBERS, *_LINKS, *_NEXT],
    "properties": {
        **{name: {"type": "integer", "minimum": 0} for name in _NUMBERS},
        **{name: {"type": "string"} for name in _LINKS},
        **{name: {"type": ["string", "null"]} for name in _NEXT},
    },
    "additionalProperties": {"type": "array", "items": {"type": "object"}},
}
