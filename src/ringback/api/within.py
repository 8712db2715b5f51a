"""Lists within: of a call its recordings, of a recording its transcriptions; in Twilio's dialect each one, too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ringback.api.answer import Answer
from ringback.api.asked import Asked
from ringback.api.dialect import TWILIO, Dialect
from ringback.api.permission import Deed
from ringback.api.routes import Route, Shows
from ringback.kernel.errors import NotFound
from ringback.kernel.sid import is_sid
from ringback.store.rows import Rows
from ringback.store.store import Store
from ringback.store.where import equal

if TYPE_CHECKING:
    from ringback.api.resource import Resource

Run = Callable[[Asked], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Within:
    """A list is also found below one of ``rows`` at ``path``: those whose ``attribute`` is its SID."""

    path: str
    attribute: str
    rows: Callable[[Store], Rows[Any]]

    async def owner(self, asked: Asked) -> str:
        """The SID of the one in the path; 404 when the account that is acted for has none such."""
        sid = asked.names["sid"]
        owner = await self.rows(asked.house.store).get(sid) if is_sid(sid) else None
        if owner is None or owner.account_sid != asked.account.sid:
            raise NotFound(f"There is no {sid} in {self.path} here.")
        return sid


def routes_within(resource: Resource[Any], within: Within, dialect: Dialect) -> list[Route]:
    """Where ``dialect`` serves ``resource`` below what it belongs to."""
    place = f"{resource.below}/{within.path}/{{sid}}/{resource.path.rpartition('/')[2]}"
    routes = [Route(place, {"GET": resource.action(Deed.READ, _listing(resource, within), Shows.LIST)})]
    if dialect is TWILIO:
        one = {"GET": resource.action(Deed.READ, _reading(resource, within), Shows.ONE)}
        if "delete" in resource.deeds[dialect]:
            one["DELETE"] = resource.action(Deed.DELETE, _deleting(resource, within), Shows.NOTHING)
        routes.append(Route(f"{place}/{{below}}", one))
    return routes


def _listing(resource: Resource[Any], within: Within) -> Run:
    async def run(asked: Asked) -> Answer:
        owner = await within.owner(asked)
        return resource.show_page(await resource.page(asked, equal(within.attribute, owner)), asked)

    return run


def _reading(resource: Resource[Any], within: Within) -> Run:
    async def run(asked: Asked) -> Answer:
        return resource.show(await _found(resource, within, asked), asked)

    return run


def _deleting(resource: Resource[Any], within: Within) -> Run:
    async def run(asked: Asked) -> Answer:
        await resource.take_away(await _found(resource, within, asked), asked)
        return Answer(asked.dialect.deleted)

    return run


async def _found(resource: Resource[Any], within: Within, asked: Asked) -> Any:
    owner = await within.owner(asked)
    record = await resource.find(asked.names["below"], asked)
    if getattr(record, within.attribute) != owner:
        raise resource.missing(asked.names["below"])
    return record
