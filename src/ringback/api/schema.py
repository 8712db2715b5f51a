"""Schemas (JSON Schema, as OpenAPI 3.1 has it): of what is shown of a resource, and of what its parameters may be."""

from collections.abc import Iterable
from types import NoneType
from typing import Any, Final, get_args, get_type_hints

from ringback.api.dialect import RESTCOMM, TWILIO, Dialect
from ringback.api.filter import MOMENT, Filter, Match
from ringback.api.kind import ANY_TAKEN
from ringback.api.page import MOST_SIZE
from ringback.api.property import Property
from ringback.api.resource import Resource

Schema = dict[str, Any]
_NUMBERS: Final = ("page", "num_pages", "page_size", "total")
_LINKS: Final = ("uri", "first_page_uri", "last_page_uri")
_TO_OTHERS: Final = ("previous_page_uri", "next_page_uri")
#: the facts of a list, beside its items; with ``null`` where Twilio's clients expect it
_PAGE: Final[dict[Dialect, Schema]] = {
    RESTCOMM: {
        **{name: {"type": "integer"} for name in _NUMBERS},
        **{name: {"type": "string"} for name in ("start", "end", *_LINKS, *_TO_OTHERS)},
    },
    TWILIO: {
        **{name: {"type": "integer"} for name in (*_NUMBERS, "start", "end")},
        **{name: {"type": "string"} for name in _LINKS},
        **{name: {"type": ["string", "null"]} for name in _TO_OTHERS},
    },
}
_MATCHES: Final = {
    Match.DAY: "YYYY-MM-DD in UTC; also with <= and >= between name and value",
    Match.FROM_DAY: "YYYY-MM-DD in UTC",
    Match.TO_DAY: "YYYY-MM-DD in UTC",
}
_DAYS: Final = (Match.DAY, Match.FROM_DAY, Match.TO_DAY)


# What is shown


def schema_of(resource: Resource[Any], dialect: Dialect) -> Schema:
    """What one of them looks like in JSON. A property without value is left out; in Twilio's dialect it is null."""
    items = [item for item in resource.shown_in(dialect) if item.shown]
    always = {item.key for item in items if _is_always_there(resource, item)}
    shown = {item.key: {**_shown(item, dialect), "title": item.name} for item in items}
    if dialect is TWILIO:
        shown = {key: schema if key in always else _or_null(schema) for key, schema in shown.items()}
    required = sorted(always if dialect is RESTCOMM else shown)
    return {"type": "object", "description": resource.description, "properties": shown, "required": required}


def list_of(resource: Resource[Any], dialect: Dialect, item: Schema) -> Schema:
    """A page of a list whose items are like ``item``."""
    key = resource.key if dialect is RESTCOMM else resource.twilio_key
    properties = {**_PAGE[dialect], key: {"type": "array", "items": item}}
    return {"type": "object", "required": list(properties), "properties": properties}


def _shown(item: Property, dialect: Dialect) -> Schema:
    if dialect is RESTCOMM:
        return item.kind.schema
    if item.kind.is_moment:
        return {"type": "string", "description": "A date as of RFC 2822"}
    return {"type": "string"} if item.text_in_twilio else item.kind.schema


def _or_null(schema: Schema) -> Schema:
    nullable = {**schema, "type": [schema.get("type", "string"), "null"]}
    return {**nullable, "enum": [*schema["enum"], None]} if "enum" in schema else nullable


def _is_always_there(resource: Resource[Any], item: Property) -> bool:
    """Its field in the record is never None; of what is worked out, only these are known to be there."""
    if item.compute is not None:
        return item.name in ("Uri", "ApiVersion")
    wanted = get_type_hints(resource.record)[item.attribute]
    return wanted is not Any and NoneType not in get_args(wanted)


# What is taken


def form_of(parameters: Iterable[Property], *, creating: bool, one_of: Iterable[str] = ()) -> Schema:
    """The parameters in a body; at least one of ``one_of`` must be there, when there are some."""
    parameters = list(parameters)
    required = [item.name for item in parameters if item.required] if creating else []
    others = {"type": "string", "pattern": f"^{ANY_TAKEN}$"}
    properties = {item.name: taken(item, required=item.required) for item in parameters}
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": others}
    schema["propertyNames"] = {"pattern": f"^{ANY_TAKEN}$"}
    if required:
        schema["required"] = required
    if one_of:
        schema["anyOf"] = [{"required": [name], "properties": {name: {"minLength": 1}}} for name in one_of]
    return schema


def taken(item: Property, *, required: bool = False) -> Schema:
    """What a parameter may be; an optional one also empty."""
    schema = {**item.kind.schema, **item.kind.takes}
    if item.kind.taken:
        schema["pattern"] = f"^(?:{item.kind.taken})$" if required else f"^(?:{item.kind.taken})?$"
    if required and schema.get("type") == "string" and "enum" not in schema:
        schema["minLength"] = 1
    return schema


def list_parameters(resource: Resource[Any]) -> list[Schema]:
    """What the query of a list may hold."""
    return [
        _query("Page", {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}),
        _query("PageSize", {"type": "integer", "minimum": 1, "maximum": MOST_SIZE}),
        _query("AfterSid", {"type": "string", "pattern": "^[A-Z]{2}[0-9a-f]{32}$"}),
        *([_query("Reverse", {"type": "boolean"})] if resource.sorts else []),
        *([_query("SortBy", _sorting(resource.sorting.fields))] if resource.sorting.fields else []),
        *(_query(name, _filter(item)) for item in resource.filters for name in _filter_names(item)),
        *query_parameters(resource.query),
    ]


def query_parameters(parameters: Iterable[Property]) -> list[Schema]:
    return [_query(item.name, taken(item)) for item in parameters]


def _query(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "schema": schema}


def _sorting(fields: Iterable[str]) -> Schema:
    return {
        "type": "string",
        "description": f"One of {', '.join(fields)}, and :asc or :desc; another name is passed over",
        "pattern": r"^(?:[^\u0000:]+(?::(?:[Aa][Ss][Cc]|[Dd][Ee][Ss][Cc])?)?)?$",
    }


def _filter_names(item: Filter) -> Iterable[str]:
    """``StartTime<=2026-01-31`` is a parameter ``StartTime<`` to everyone who splits a query at ``=``."""
    return (item.name, f"{item.name}<", f"{item.name}>") if item.match is Match.DAY else (item.name,)


def _filter(item: Filter) -> Schema:
    if item.values:
        return {"type": "string", "enum": list(item.values)}
    if item.match is Match.WHOLE_NUMBER:
        return {"type": "integer", "minimum": 0, "maximum": 999_999_999}
    pattern = f"^(?:{MOMENT})?$" if item.match in _DAYS else f"^{ANY_TAKEN}$"
    return {"type": "string", "pattern": pattern, "description": _MATCHES.get(item.match, item.match.value)}
