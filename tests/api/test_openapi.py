"""The OpenAPI document and the reference page are made from the resources, and say of them what is true."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from ringback.api.dialect import RESTCOMM
from ringback.api.place import Place
from ringback.api.registry import places, resources
from ringback.api.resource import Resource
from tests.api.conftest import Api


async def test_the_document_names_every_route(api: Api) -> None:
    reply = await api.login("", "").get("/restcomm/2012-04-24/openapi.json")

    document = reply.json
    assert document["openapi"] == "3.1.0"
    described = {(path, verb) for path, verbs in document["paths"].items() for verb in verbs}
    pages: list[Resource[Any] | Place] = [*resources(), *places()]
    routed = {
        (f"/{route.path}" + "".join(re.findall(r"\.\w+", method)), method.partition(".")[0].lower())
        for page in pages
        for route in page.routes(RESTCOMM)
        for method in route.methods
    }
    assert described == routed
    names = [operation["operationId"] for verbs in document["paths"].values() for operation in verbs.values()]
    assert len(names) == len(set(names))


async def test_references_lead_somewhere(api: Api) -> None:
    document = (await api.get("/restcomm/2012-04-24/openapi.json")).json
    references = set(re.findall(r"'\$ref': '#/components/(\w+)/(\w+)'", str(document)))
    assert references
    for kind, name in references:
        assert name in document["components"][kind]


async def test_what_is_described_is_what_is_shown(api: Api) -> None:
    document = (await api.get("/restcomm/2012-04-24/openapi.json")).json
    shown = (await api.post("Clients.json", "Login=described&Password=x")).json
    properties = document["components"]["schemas"]["Client"]["properties"]
    assert set(shown) <= set(properties)
    body = document["paths"]["/Accounts/{account}/Clients"]["post"]["requestBody"]
    schema = body["content"]["application/x-www-form-urlencoded"]["schema"]
    assert schema["required"] == ["Login", "Password"]
    assert schema["properties"]["VoiceMethod"]["enum"] == ["GET", "POST"]


def taken(schema: dict[str, Any], value: str) -> bool:
    return re.fullmatch(schema["pattern"], value) is not None


@pytest.mark.parametrize("name", ["StartTime", "StartTime<", "StartTime>"])
@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2026-01-31", 200),
        ("2028-02-29", 200),
        ("2026-01-31T10:20:30Z", 200),
        ("", 200),
        ("2026-02-29", 400),
        ("2026-04-31", 400),
        ("1899-12-31", 400),
        ("soon", 400),
    ],
)
async def test_days_are_taken_as_described(api: Api, name: str, day: str, status: int) -> None:
    document = (await api.get("/restcomm/2012-04-24/openapi.json")).json
    parameters = document["paths"]["/Accounts/{account}/Calls"]["get"]["parameters"]
    schema = next(item["schema"] for item in parameters if item["name"] == name)
    assert taken(schema, day) is (status == 200)
    assert (await api.get(f"Calls.json?{urlencode({name: day})}")).status == status


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://example.com", 200),
        ("HTTPS://someone@example.com:8443/a?b=c#d", 200),
        ("http://[::1]:8080/", 200),
        ("/restcomm/demos/hello-play.xml", 200),
        ("/some\\path", 200),
        ("", 200),
        ("//example.com/a", 400),
        ("ftp://example.com/", 400),
        ("http://", 400),
        ("http://example.com/a b", 400),
        ("voice.xml", 400),
    ],
)
async def test_urls_are_taken_as_described(api: Api, url: str, status: int) -> None:
    document = (await api.get("/restcomm/2012-04-24/openapi.json")).json
    body = document["paths"]["/Accounts/{account}/Applications"]["post"]["requestBody"]
    schema = body["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]["RcmlUrl"]
    assert taken(schema, url) is (status == 200)
    form = urlencode({"FriendlyName": "described", "RcmlUrl": url})
    assert (await api.post("Applications.json", form)).status == status


async def test_what_is_always_there_is_required(api: Api) -> None:
    document = (await api.get("/restcomm/2012-04-24/openapi.json")).json
    shown = (await api.post("Clients.json", "Login=required&Password=x")).json
    required = document["components"]["schemas"]["Client"]["required"]
    assert {"sid", "date_created", "login", "uri"} <= set(required) <= set(shown)


async def test_the_stock_is_csv(api: Api) -> None:
    document = (await api.get("/restcomm/2012-04-24/openapi.json")).json
    body = document["paths"]["/Accounts/{account}/AvailablePhoneNumbers"]["put"]["requestBody"]
    assert (body["required"], list(body["content"])) == (True, ["text/csv"])


async def test_the_reference_page(api: Api) -> None:
    reply = await api.login("", "").get("/restcomm/2012-04-24/reference")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for word in (b"POST /restcomm/2012-04-24/Accounts/{account}/Calls", b"StatusCallbackEvent", b"FriendlyName"):
        assert word in reply.body
