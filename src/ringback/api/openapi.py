"""The OpenAPI 3.1 document of the API, made from the resources themselves."""

import re
from collections.abc import Iterable
from types import NoneType
from typing import Any, Final, get_args, get_type_hints

from ringback import __version__
from ringback.api.dialect import RESTCOMM
from ringback.api.filter import Filter, Match
from ringback.api.kind import ANY_TAKEN
from ringback.api.page import MOST_SIZE
from ringback.api.permission import Deed, Who
from ringback.api.place import Place
from ringback.api.property import Property
from ringback.api.resource import Resource
from ringback.api.routes import Action, Route

Schema = dict[str, Any]
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
_PAGE: Final[Schema] = {
    **{name: {"type": "integer"} for name in ("page", "num_pages", "page_size", "total")},
    **{name: {"type": "string"} for name in ("start", "end", "uri", "first_page_uri", "previous_page_uri")},
    **{name: {"type": "string"} for name in ("next_page_uri", "last_page_uri")},
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
_MATCHES: Final = {
    Match.DAY: "YYYY-MM-DD in UTC; also with <= and >= between name and value",
    Match.FROM_DAY: "YYYY-MM-DD in UTC",
    Match.TO_DAY: "YYYY-MM-DD in UTC",
}
#: a day that there is, from 1900 to 2999, or a moment of it
_DAY: Final = (
    r"(?:(?:19|2[0-9])[0-9]{2}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))|(?:(?:19|2[0-9])(?:0[48]|[2468][048]|[13579][26])|2[048]00)-02-29)"
)
_TIME: Final = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{3})?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"
_DAYS: Final = (Match.DAY, Match.FROM_DAY, Match.TO_DAY)
#: bodies that are no form, by path and method
_BODIES: Final = {("AvailablePhoneNumbers", "PUT"): "text/csv"}


def openapi(resources: Iterable[Resource[Any]], places: Iterable[Place]) -> Schema:
    """The whole document."""
    pages: list[Resource[Any] | Place] = [*resources, *places]
    paths: dict[str, Schema] = {}
    for page in pages:
        for route in page.routes(RESTCOMM):
            _add(paths, page, route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ringback",
            "version": __version__,
            "description": "The REST API of a phone system that developers program with web pages. "
            "Answers are XML; JSON with .json at the end of the path, or with Accept: application/json.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": RESTCOMM.prefixes[0]}],
        "security": [{"basic": []}],
        "tags": [{"name": name, "description": words} for name, words in _tags(pages).items()],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
            "schemas": {
                **_schemas(page for page in pages if isinstance(page, Resource)),
                "Problem": _PROBLEM,
            },
            "responses": {f"Refused{status}": _refusal(reason) for status, reason in _REFUSALS.items()},
        },
    }


def _tags(pages: "Iterable[Resource[Any] | Place]") -> dict[str, str]:
    tags: dict[str, str] = {}
    for page in pages:
        tags[page.path] = f"{tags[page.path]} {page.description}" if page.path in tags else page.description
    return tags


def _schemas(resources: Iterable[Resource[Any]]) -> dict[str, Schema]:
    """By element; of two that share one, as calls and participants, what either shows and both require."""
    schemas: dict[str, Schema] = {}
    for resource in resources:
        schema = schema_of(resource)
        former = schemas.get(resource.element)
        if former is not None:
            schema["properties"] = {**former["properties"], **schema["properties"]}
            schema["required"] = sorted({*former["required"]} & {*schema["required"]})
        schemas[resource.element] = schema
    return schemas


def schema_of(resource: Resource[Any]) -> Schema:
    """What one of them looks like in JSON; a property without value is left out."""
    shown = [item for item in resource.properties if item.shown]
    return {
        "type": "object",
        "description": resource.description,
        "properties": {item.key: {**item.kind.schema, "title": item.name} for item in shown},
        "required": sorted({item.key for item in shown if _is_always_there(resource, item)}),
    }


def _is_always_there(resource: Resource[Any], item: Property) -> bool:
    """Its field in the record is never None; of what is worked out, only the Uri is known to be there."""
    if item.compute is not None:
        return item.name in ("Uri", "ApiVersion")
    wanted = get_type_hints(resource.record)[item.attribute]
    return wanted is not Any and NoneType not in get_args(wanted)


def _add(paths: dict[str, Schema], page: "Resource[Any] | Place", route: Route) -> None:
    for method, action in route.methods.items():
        verb, _, ending = method.partition(".")
        path = f"/{route.path}" + (f".{ending}" if ending else "")
        operation = _operation(page, path, verb, action)
        paths.setdefault(path, {})[verb.lower()] = operation


def _operation(page: "Resource[Any] | Place", path: str, verb: str, action: Action) -> Schema:
    operation: Schema = {
        "tags": [page.path],
        "operationId": f"{verb.lower()}{re.sub(r'[^A-Za-z0-9]+', '_', path)}",
        "summary": f"{action.deed.value} {page.path}",
        "description": f"For {action.who.value}. Permission: {action.deed.value}:{action.target}.",
        "parameters": _path_parameters(path),
        "responses": {"200": _plain(path)},
    }
    if action.who is Who.ANYONE:
        operation["security"] = []
    if isinstance(page, Place):
        _describe_spot(operation, page, path, verb)
    else:
        _describe(operation, page, verb, action)
    if action.deed is Deed.CREATE and verb == "POST":
        key = {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        }
        operation["parameters"].append(key)
    operation["responses"].update({status: {"$ref": f"#/components/responses/Refused{status}"} for status in _REFUSALS})
    return operation


def _describe(operation: Schema, page: Resource[Any], verb: str, action: Action) -> None:
    reference = {"$ref": f"#/components/schemas/{page.element}"}
    if action.run == page.answer_list:
        operation["parameters"] += _list_parameters(page)
        keys = {**_PAGE, page.key: {"type": "array", "items": reference}}
        listed = {"type": "object", "required": list(keys), "properties": keys}
        operation["responses"]["200"] = _shown("A page", listed)
    elif action.run == page.answer_one:
        operation["responses"]["200"] = _shown(f"The {page.element}", reference)
    elif action.run == page.answer_create:
        operation["requestBody"] = _form(page.create_parameters, creating=True)
        operation["responses"]["200"] = _shown(f"The new {page.element}", reference)
    elif action.run == page.answer_change:
        operation["requestBody"] = _form(page.change_parameters, creating=False)
        operation["responses"]["200"] = _shown(f"The {page.element} as it is now", reference)
    elif action.run == page.answer_delete:
        status = str(page.delete_status or 200)
        operation["responses"] = {status: {"description": "Deleted; the body is empty"}}


def _describe_spot(operation: Schema, page: Place, path: str, verb: str) -> None:
    if (page.path, verb) in _BODIES:
        body = {"schema": {"type": "string"}}
        operation["requestBody"] = {"required": True, "content": {_BODIES[page.path, verb]: body}}
    for spot in page.spots:
        if spot.method == verb and path.endswith(f"{page.path}/{spot.below}".rstrip("/")) and spot.parameters:
            operation["requestBody"] = _form(spot.parameters, creating=True)


def _path_parameters(path: str) -> list[Schema]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _list_parameters(page: Resource[Any]) -> list[Schema]:
    sorting = {
        "type": "string",
        "description": f"One of {', '.join(page.sorting.fields)}, and :asc or :desc",
        "pattern": f"^(?:(?:{'|'.join(page.sorting.fields)})(?::(?:asc|desc))?)?$",
    }
    return [
        _query("Page", {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}),
        _query("PageSize", {"type": "integer", "minimum": 1, "maximum": MOST_SIZE}),
        _query("AfterSid", {"type": "string", "pattern": "^[A-Z]{2}[0-9a-f]{32}$"}),
        *([_query("SortBy", sorting)] if page.sorting.fields else []),
        *(_query(name, _filter_schema(item)) for item in page.filters for name in _filter_names(item)),
    ]


def _query(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "schema": schema}


def _filter_names(item: Filter) -> Iterable[str]:
    """``StartTime<=2026-01-31`` is a parameter ``StartTime<`` to everyone who splits a query at ``=``."""
    return (item.name, f"{item.name}<", f"{item.name}>") if item.match is Match.DAY else (item.name,)


def _filter_schema(item: Filter) -> Schema:
    if item.values:
        return {"type": "string", "enum": list(item.values)}
    if item.match is Match.WHOLE_NUMBER:
        return {"type": "integer", "minimum": 0, "maximum": 999_999_999}
    pattern = f"^(?:{_DAY}(?:{_TIME})?)?$" if item.match in _DAYS else f"^{ANY_TAKEN}$"
    return {"type": "string", "pattern": pattern, "description": _MATCHES.get(item.match, item.match.value)}


def _form(parameters: Iterable[Property], *, creating: bool) -> Schema:
    parameters = list(parameters)
    required = [item.name for item in parameters if item.required] if creating else []
    properties = {item.name: _taken(item) for item in parameters}
    for item in parameters:
        if item.required and item.kind.schema.get("type") == "string" and "enum" not in item.kind.schema:
            properties[item.name]["minLength"] = 1
    others = {"type": "string", "pattern": f"^{ANY_TAKEN}$"}
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": others}
    schema["propertyNames"] = {"pattern": f"^{ANY_TAKEN}$"}
    if required:
        schema["required"] = required
    return {"required": bool(required), "content": {FORM: {"schema": schema}}}


def _taken(item: Property) -> Schema:
    """What a parameter may be; an optional one also empty."""
    schema = {**item.kind.schema, **item.kind.takes}
    if item.kind.taken:
        schema["pattern"] = f"^(?:{item.kind.taken})$" if item.required else f"^(?:{item.kind.taken})?$"
    return schema


def _plain(path: str) -> Schema:
    """What is answered where nothing better is known."""
    if path.endswith(".wav"):
        octets: Schema = {"schema": {"type": "string", "format": "binary"}}
        return {"description": "The sound, or a part of it (206)", "content": {"audio/wav": octets}}
    return {"description": "Done; the body is empty"} if path == "/Logout" else _shown("Done", {})


def _shown(description: str, schema: Schema) -> Schema:
    return {
        "description": description,
        "content": {"application/json": {"schema": schema}, "application/xml": {"schema": {"type": "string"}}},
    }


def _refusal(reason: str) -> Schema:
    return _shown(reason, {"$ref": "#/components/schemas/Problem"})
