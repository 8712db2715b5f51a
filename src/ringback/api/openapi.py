"""The OpenAPI 3.1 document of a dialect, made from the resources themselves."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ringback import __version__
from ringback.api.dialect import RESTCOMM, TWILIO, Dialect
from ringback.api.permission import Deed, Who
from ringback.api.place import Place, Spot
from ringback.api.resource import Resource
from ringback.api.routes import Action, Route, Shows
from ringback.api.schema import Schema, form_of, list_of, list_parameters, query_parameters, schema_of

FORM: Final = "application/x-www-form-urlencoded"
#: what may be refused, wherever it is
_REFUSALS: Final = {
    "400": "A parameter is wrong; the message names every fault",
    "401": "Not authenticated",
    "403": "Not permitted, or the account is not active",
    "404": "There is no such thing here",
    "405": "The method is not possible on this path",
    "409": "A conflict with what is there",
    "410": "It is over",
    "413": "The body is too large",
    "415": "The body has another content type",
    "429": "Too many wrong tokens",
    "501": "Not built yet",
    "503": "Not now",
}
_PROBLEM: Final[Schema] = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string"},
        "more_info": {"type": "string"},
        "status": {"type": "integer"},
    },
}
_ABOUT: Final = {
    RESTCOMM: "The REST API of a phone system that developers program with web pages. "
    "Answers are XML; JSON with .json at the end of the path, or with Accept: application/json.",
    TWILIO: "The same resources in the way of Twilio's clients: JSON alone, dates of RFC 2822, null for no value. "
    "Each path may end with .json.",
}
_KEY: Final[Schema] = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def openapi(resources: Iterable[Resource[Any]], places: Iterable[Place], dialect: Dialect = RESTCOMM) -> Schema:
    """The whole document."""
    everything: list[Resource[Any] | Place] = [*resources, *places]
    pages = [page for page in everything if page.routes(dialect)]
    document = _Document(dialect, _names([page for page in pages if isinstance(page, Resource)]))
    for page in pages:
        for route in page.routes(dialect):
            document.add(page, route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ringback",
            "version": __version__,
            "description": _ABOUT[dialect],
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": dialect.prefixes[0]}],
        "security": [{"basic": []}],
        "tags": [{"name": name, "description": words} for name, words in _tags(pages).items()],
        "paths": dict(sorted(document.paths.items())),
        "components": {
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
            "schemas": {
                **{name: schema_of(resource, dialect) for resource, name in document.names.items()},
                "Problem": _PROBLEM,
            },
            "responses": {
                f"Refused{status}": document.shown(reason, {"$ref": "#/components/schemas/Problem"})
                for status, reason in _REFUSALS.items()
            },
        },
    }


def _tags(pages: "Iterable[Resource[Any] | Place]") -> dict[str, str]:
    tags: dict[str, str] = {}
    for page in pages:
        tags[page.path] = f"{tags[page.path]} {page.description}" if page.path in tags else page.description
    return tags


def _names(resources: Iterable[Resource[Any]]) -> dict[Resource[Any], str]:
    """Of schemas: by element; who shares one, as participants with calls, is named by its path."""
    names: dict[Resource[Any], str] = {}
    for resource in resources:
        taken = resource.element in names.values()
        names[resource] = resource.path.rpartition("/")[2].removesuffix("s") if taken else resource.element
    return names


class _Document:
    """What is described so far; ``names``: of the schemas of resources."""

    def __init__(self, dialect: Dialect, names: Mapping[Resource[Any], str]) -> None:
        self.dialect = dialect
        self.names = names
        self.paths: dict[str, Schema] = {}

    def add(self, page: "Resource[Any] | Place", route: Route) -> None:
        for method, action in route.methods.items():
            verb, _, ending = method.partition(".")
            path = f"/{route.path}" + (f".{ending}" if ending else "")
            self.paths.setdefault(path, {})[verb.lower()] = self._operation(page, path, verb, action)

    def shown(self, description: str, schema: Schema) -> Schema:
        """An answer with a body."""
        content: Schema = {"application/json": {"schema": schema}}
        if self.dialect is RESTCOMM:
            content["application/xml"] = {"schema": {"type": "string"}}
        return {"description": description, "content": content}

    def _operation(self, page: "Resource[Any] | Place", path: str, verb: str, action: Action) -> Schema:
        operation: Schema = {
            "tags": [page.path],
            "operationId": f"{verb.lower()}{re.sub(r'[^A-Za-z0-9]+', '_', path)}",
            "summary": f"{action.deed.value} {page.path}",
            "description": f"For {action.who.value}. Permission: {action.deed.value}:{action.target}.",
            "parameters": _path_parameters(path, action.about),
            "responses": {"200": self._plain(path)},
        }
        if action.who is Who.ANYONE:
            operation["security"] = []
        if isinstance(page, Resource):
            self._describe(operation, page, action)
        elif isinstance(action.about, Spot):
            self._describe_spot(operation, action.about)
        if action.deed is Deed.CREATE and verb == "POST":
            operation["parameters"].append(_KEY)
        refused = {status: {"$ref": f"#/components/responses/Refused{status}"} for status in _REFUSALS}
        operation["responses"].update(refused)
        return operation

    def _describe(self, operation: Schema, page: Resource[Any], action: Action) -> None:
        reference = {"$ref": f"#/components/schemas/{self.names[page]}"}
        create, change = page.parameters(self.dialect)
        match action.shows:
            case Shows.LIST:
                operation["parameters"] += list_parameters(page)
                operation["responses"]["200"] = self.shown("A page", list_of(page, self.dialect, reference))
            case Shows.ONE:
                operation["responses"]["200"] = self.shown(f"The {page.element}", reference)
            case Shows.NEW:
                operation["requestBody"] = _form(form_of(create, creating=True, one_of=page.one_of))
                made = self.shown(f"The new {page.element}", reference)
                operation["responses"] = {str(self.dialect.created): made}
            case Shows.CHANGED:
                operation["requestBody"] = _form(form_of(change, creating=False))
                operation["responses"]["200"] = self.shown(f"The {page.element} as it is now", reference)
            case Shows.NOTHING:
                status = str(page.deleted(self.dialect))
                operation["responses"] = {status: {"description": "Deleted; the body is empty"}}
            case _:
                pass

    def _describe_spot(self, operation: Schema, spot: Spot) -> None:
        operation["parameters"] += query_parameters(spot.query)
        if spot.parameters:
            operation["requestBody"] = _form(form_of(spot.parameters, creating=True))
        if spot.body:
            operation["requestBody"] = {"required": True, "content": {spot.body: {"schema": {"type": "string"}}}}

    def _plain(self, path: str) -> Schema:
        """What is answered where nothing better is known."""
        if path.endswith(".wav"):
            octets: Schema = {"schema": {"type": "string", "format": "binary"}}
            return {"description": "The sound, or a part of it (206)", "content": {"audio/wav": octets}}
        return {"description": "Done; the body is empty"} if path == "/Logout" else self.shown("Done", {})


def _form(schema: Schema) -> Schema:
    must = "required" in schema or "anyOf" in schema
    return {"required": must, "content": {FORM: {"schema": schema}}}


def _path_parameters(path: str, about: object) -> list[Schema]:
    """``about`` may be an expression that the last of them must match."""
    parameters: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    if isinstance(about, re.Pattern):
        parameters[-1]["schema"]["pattern"] = f"^{about.pattern}$"
    return parameters
