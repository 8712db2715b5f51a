"""The OpenAPI document that the server serves is a valid one of OpenAPI 3.1."""

from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.interop.served import Served


def test_the_document_is_valid(served: Served) -> None:
    reply = served.ask("GET", "/restcomm/2012-04-24/openapi.json", who=None)
    assert (reply.status, reply.content_type) == (200, "application/json")
    assert [str(error) for error in OpenAPIV31SpecValidator(reply.json).iter_errors()] == []
