"""The reference page and the OpenAPI document, made from the resources when they are first asked for."""

from functools import cache

from ringback.api.answer import Answer
from ringback.api.asked import Asked
from ringback.api.dialect import DIALECTS, RESTCOMM, Dialect
from ringback.api.openapi import openapi
from ringback.api.permission import Who
from ringback.api.place import Place
from ringback.api.registry import places, resources
from ringback.api.representation import JSON, escape, to_json
from ringback.api.schema import Schema

REFERENCE = Place(
    path="", below="", who=Who.ANYONE, dialects=DIALECTS, description="This API, described for programs and for people."
)
_STYLE = (
    "body{max-width:60em;margin:2em auto;padding:0 1em;font:1rem/1.5 system-ui,sans-serif}"
    "table{border-collapse:collapse}td,th{border:1px solid #8888;padding:.2em .6em;text-align:left;vertical-align:top}"
    "code{font-family:ui-monospace,monospace}h3 code{font-size:1rem}"
)


@REFERENCE.answers("GET", "openapi")
async def document(asked: Asked) -> Answer:
    return Answer(200, _document(asked.dialect), JSON)


@REFERENCE.answers("GET", "reference")
async def page(_asked: Asked) -> Answer:
    return Answer(200, _page(), b"text/html; charset=utf-8")


@cache
def described(dialect: Dialect = RESTCOMM) -> Schema:
    return openapi(resources(), places(), dialect)


@cache
def _document(dialect: Dialect) -> bytes:
    return to_json(described(dialect))


@cache
def _page() -> bytes:
    whole = described()
    sections = "".join(_section(tag, whole) for tag in sorted(whole["tags"], key=lambda tag: str(tag["name"])))
    title = '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Ringback: REST API</title>'
    words = escape(whole["info"]["description"])
    return f"{title}<style>{_STYLE}</style><h1>REST API</h1><p>{words}</p>{sections}</html>".encode()


def _section(tag: Schema, whole: Schema) -> str:
    operations = [
        (path, verb, operation)
        for path, verbs in whole["paths"].items()
        for verb, operation in verbs.items()
        if operation["tags"] == [tag["name"]]
    ]
    shown = "".join(_operation(path, verb, operation, whole) for path, verb, operation in operations)
    return f"<h2>{escape(tag['name'] or 'Reference')}</h2><p>{escape(tag['description'])}</p>{shown}"


def _operation(path: str, verb: str, operation: Schema, whole: Schema) -> str:
    base = whole["servers"][0]["url"]
    parameters = [
        (item["name"], item["in"], item["schema"], item.get("required", False)) for item in operation["parameters"]
    ]
    body = (
        operation.get("requestBody", {})
        .get("content", {})
        .get("application/x-www-form-urlencoded", {})
        .get("schema", {})
    )
    required = body.get("required", [])
    parameters += [(name, "form", schema, name in required) for name, schema in body.get("properties", {}).items()]
    rows = "".join(_row(*parameter) for parameter in parameters)
    table = f"<table><tr><th>Parameter<th>In<th>Value</tr>{rows}</table>" if rows else ""
    title = f"<h3><code>{verb.upper()} {escape(base + path)}</code></h3>"
    return f"{title}<p>{escape(operation['description'])}</p>{table}"


def _row(name: str, place: str, schema: Schema, required: bool) -> str:
    limits = ", ".join(f"{key} {value}" for key, value in schema.items() if key not in ("type", "description", "enum"))
    values = " | ".join(schema.get("enum", []))
    words = "; ".join(part for part in (schema.get("type", ""), values, limits, schema.get("description", "")) if part)
    mark = " (required)" if required else ""
    return f"<tr><td><code>{escape(name)}</code>{mark}<td>{place}<td>{escape(words)}</tr>"
