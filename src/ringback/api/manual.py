"""The manual: the API's page of the documentation, made from the resources themselves."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ringback.api.dialect import RESTCOMM, TWILIO
from ringback.api.guard import FIRST_LOCK, LONGEST_DELAY, LONGEST_LOCK, MOST_FOR_ACCOUNT, MOST_FOR_SOURCE, PATIENCE
from ringback.api.idempotency import KEPT
from ringback.api.page import DEFAULT_SIZE, MOST_SIZE
from ringback.api.permission import Who, may
from ringback.api.place import Place
from ringback.api.property import Property
from ringback.api.registry import places, resources
from ringback.api.resource import Resource
from ringback.api.routes import Action, Shows
from ringback.api.schema import taken

_FORM: Final = "application/x-www-form-urlencoded"
_ABOUT: Final = f"""\
Made from the code by `make docs`. A running server shows the same at `{RESTCOMM.prefixes[0]}/reference`, and for
programs, as OpenAPI 3.1, at `{RESTCOMM.prefixes[0]}/openapi`.

## In general

**Paths** begin with {", ".join(f"`{prefix}`" for prefix in RESTCOMM.prefixes)}:
the same resources, and links show the first. Repeated slashes and one at the end do not matter.

**Answers** are XML; they are JSON with `.json` at the end of any segment of the path, or when `Accept` speaks of
json. Bodies of requests are `{_FORM}` in UTF-8. Of a repeated parameter the first
value counts; parameters that nobody knows are passed over. A leading blank of a phone number was a `+` that its sender
did not escape.

**Who asks** says so with HTTP Basic: the SID or the e-mail address of an account, and its AuthToken or its password.
With the setting `random_tokens`, accounts made from then on have a random AuthToken, and of their password only a hash
(Argon2id) is kept.

**Wrong tokens**: from the {PATIENCE + 1}th on, each answer comes later, up to {LONGEST_DELAY:g} s. After
{MOST_FOR_ACCOUNT} for one account, and after {MOST_FOR_SOURCE} from one source (an address of IPv4, a /64 of IPv6), the
answer is 429 with `Retry-After`, for {FIRST_LOCK:g} s at first and {LONGEST_LOCK:g} s at most. An account is locked for
the sources that guessed at it, and only for those: a source that never did has one answer, and the right one opens. So
nobody locks an owner out from elsewhere; whoever shares a source with the attacker waits with him, unless the source
has shown the right token of that account lately.

**Lists** have pages: `Page` counts from 0, `PageSize` is {DEFAULT_SIZE} unless it is given, and {MOST_SIZE} at most.
The link to the next page holds `AfterSid`, which costs the same however long the list is. Totals are true; links keep
the filters. Dates are days in UTC, as `YYYY-MM-DD`. A page that does not exist is refused with 400.

**Creating** twice is creating once when both requests have the same `Idempotency-Key` and the same body, for
{KEPT.total_seconds() / 3600:g} hours; with another body it is refused with 409.

**Refusals** have a code, a message, a status, and the address of a page that says more: 400 (a parameter; the message
names every fault), 401 (who asks?), 403 (not permitted), 404 (not there, or another account's), 405 (`Allow` says what
is), 409 (a conflict), 410 (over), 413, 415, 429, 501 (not possible yet), 503 (not now).

**Roles**: an account reaches itself and those below it. An Administrator may do everything there; what a Developer may
stands with each path. Some paths are for the account alone that has none above it (root).

**Closing** an account ends its live calls and deletes, there and in all accounts below: clients and their phones'
registrations, numbers (which are free again), applications, caller ids, the sandbox, recordings with their sound,
transcriptions, announcements, Notifications. Calls, messages, conferences and the account itself are kept. It is for
good.

## In the way of Twilio's clients

The same resources are at `{TWILIO.prefixes[0]}`, always in JSON: dates of RFC 2822, 201 for what is new, 204 for what
is deleted, null for no value, and lists whose `next_page_uri` is null at their end. What has no counterpart is refused,
never passed over: `Twiml`, `MediaUrl`, `MessagingServiceSid`. In that dialect, calls and messages that are over can be
deleted, and a message's Body be emptied. What a live call or conference cannot do yet is refused in words (501).
Its own OpenAPI document is at `{TWILIO.prefixes[0]}/openapi.json`.
"""


def manual() -> str:
    """The whole page, as Markdown."""
    pages: list[Resource[Any] | Place] = sorted([*resources(), *places()], key=lambda page: page.path)
    pages = [page for page in pages if page.path and page.routes(RESTCOMM)]
    return "\n".join(["# REST API", "", _ABOUT.rstrip(), *(line for page in pages for line in _page(page))]) + "\n"


def _page(page: "Resource[Any] | Place") -> Iterator[str]:
    yield ""
    yield f"## {title_of(page)}"
    yield ""
    yield _plain(page.description)
    yield from _operations(page)
    if isinstance(page, Resource):
        yield from _properties(page)
        yield from _parameters("To create one", page.create_parameters if "create" in page.deeds[RESTCOMM] else ())
        changed = page.change_parameters if "change" in page.deeds[RESTCOMM] else ()
        yield from _parameters("To change one", changed, creating=False)
        yield from _filters(page)
    else:
        for spot in page.spots:
            yield from _parameters("Parameters", spot.parameters)


def title_of(page: "Resource[Any] | Place") -> str:
    """Its path; two resources at one path have their elements' names beside it."""
    at_path = [resource for resource in resources() if resource.path == page.path]
    if isinstance(page, Place):
        return f"{page.path} (beside it)" if at_path else page.path
    return f"{page.path} ({page.element})" if len(at_path) > 1 else page.path


def _operations(page: "Resource[Any] | Place") -> Iterator[str]:
    rows = [
        (f"`{method.partition('.')[0]}`", f"`/{route.path}{_ending(method)}`", _who(action))
        for route in page.routes(RESTCOMM)
        for method, action in route.methods.items()
    ]
    yield from _table(("method", "path", "for"), rows)
    there = sorted({f"`/{route.path}`" for route in page.routes(TWILIO) if route.methods})
    if there:
        yield ""
        yield f"For Twilio's clients: {', '.join(there)}."


def _who(action: Action) -> str:
    if action.who is Who.ANYONE:
        return "anyone"
    if action.who is Who.OPERATOR:
        return "root"
    return "Administrator, Developer" if may("Developer", action.deed, action.target) else "Administrator"


def _ending(method: str) -> str:
    ending = method.partition(".")[2]
    return f".{ending}" if ending else ""


def _properties(page: Resource[Any]) -> Iterator[str]:
    rows = [(f"`{item.name}`", f"`{item.key}`", _value(item.kind.schema)) for item in page.properties if item.shown]
    yield from _table(("property", "in JSON", "value"), rows)


def _parameters(title: str, parameters: Iterable[Property], *, creating: bool = True) -> Iterator[str]:
    heads = ("parameter", "default", "value") if creating else ("parameter", "value")
    rows = [
        (f"`{item.name}`", *((_default(item),) if creating else ()), _value({**item.kind.schema, **item.kind.takes}))
        for item in parameters
    ]
    if rows:
        yield ""
        yield f"{title}:"
        yield from _table(heads, rows)


def _filters(page: Resource[Any]) -> Iterator[str]:
    rows = [
        (f"`{item.name}`", "one of " + ", ".join(item.values) if item.values else item.match.value)
        for item in page.filters
    ]
    rows += [(f"`{item.name}`", _value(taken(item))) for item in page.query]
    if rows and any(action.shows is Shows.LIST for route in page.routes(RESTCOMM) for action in route.methods.values()):
        yield from _table(("filter", "finds"), rows)
        if page.sorting.fields:
            yield ""
            yield f"`SortBy`: {', '.join(page.sorting.fields)}; with `:desc` backwards."


def _default(item: Property) -> str:
    if item.required:
        return "required"
    if callable(item.default):
        return "another parameter's value"
    if isinstance(item.default, bool):
        return str(item.default).lower()
    return "" if item.default in (None, ()) else str(item.default)


def _value(schema: dict[str, Any]) -> str:
    """What is allowed, in words."""
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    limits = {
        "maxLength": "at most {} characters",
        "minimum": "at least {}",
        "maximum": "at most {}",
        "pattern": "like {}",
        "format": "{}",
    }
    told = [words.format(schema[name]) for name, words in limits.items() if name in schema]
    return ", ".join([str(schema.get("type", "")), *told])


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = tuple(heads)
    yield ""
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(_plain(cell) for cell in row) + " |"


def _plain(text: str) -> str:
    """Nothing in it is taken for HTML or for the border of a table."""
    return text.replace("|", "\\|") if text.startswith("`") else text.replace("<", "&lt;").replace("|", "\\|")
