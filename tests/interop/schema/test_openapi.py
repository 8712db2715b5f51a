"""The OpenAPI documents that the server serves, one of each dialect, are valid ones of OpenAPI 3.1."""

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.interop.served import Served

DOCUMENTS = ("/restcomm/2012-04-24/openapi.json", "/2010-04-01/openapi.json")


def document(served: Served, path: str) -> Any:
    reply = served.ask("GET", path, who=None)
    assert (reply.status, reply.content_type) == (200, "application/json")
    return reply.json


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_document_is_valid(served: Served, path: str) -> None:
    assert [str(error) for error in OpenAPIV31SpecValidator(document(served, path)).iter_errors()] == []


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_search_for_numbers_is_described(served: Served, path: str) -> None:
    """With everything that it takes, and what it shows."""
    for kind in ("Local", "TollFree", "Mobile"):
        search = document(served, path)["paths"][f"/Accounts/{{account}}/AvailablePhoneNumbers/{{country}}/{kind}"][
            "get"
        ]
        taken = {parameter["name"] for parameter in search["parameters"]}
        assert {"AreaCode", "Contains", "SmsEnabled", "InRegion", "InPostalCode", "PageSize", "RangeSize"} <= taken
        shown = search["responses"]["200"]["content"]["application/json"]["schema"]
        assert shown["properties"]["available_phone_numbers"]["items"] == {
            "$ref": "#/components/schemas/AvailablePhoneNumber"
        }


def test_the_documents_are_of_their_dialects(served: Served) -> None:
    here, there = (document(served, path) for path in DOCUMENTS)
    assert [one["servers"][0]["url"] for one in (here, there)] == ["/restcomm/2012-04-24", "/2010-04-01"]
    assert "/Accounts/{account}/SMS/Messages" in here["paths"]
    assert "/Accounts/{account}/Messages" in there["paths"]
    assert "/Accounts/{account}/Clients" not in there["paths"]
    made, removed = (there["paths"][f"/Accounts/{{account}}/Applications{end}"] for end in ("", "/{sid}"))
    assert "201" in made["post"]["responses"]
    assert "204" in removed["delete"]["responses"]
    call = there["components"]["schemas"]["Call"]
    assert set(call["required"]) == set(call["properties"])
    assert call["properties"]["end_time"]["type"] == ["string", "null"]
