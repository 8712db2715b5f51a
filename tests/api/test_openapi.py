"""The OpenAPI document and the reference page are made from the resources, and say of them what is true."""

import re
from typing import Any

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


async def test_the_reference_page(api: Api) -> None:
    reply = await api.login("", "").get("/restcomm/2012-04-24/reference")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for word in (b"POST /restcomm/2012-04-24/Accounts/{account}/Calls", b"StatusCallbackEvent", b"FriendlyName"):
        assert word in reply.body
