"""Resources: the one way to make one. From what a page in `resources` says come its routes, its XML and its JSON."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from ringback.api.answer import Answer
from ringback.api.asked import Asked
from ringback.api.dialect import RESTCOMM, TWILIO, Dialect
from ringback.api.filter import Filter, conditions_of
from ringback.api.names import snake
from ringback.api.page import Page, wanted_page
from ringback.api.permission import Deed, Who
from ringback.api.property import Property, check_references, flag, read_parameters
from ringback.api.representation import JSON, XML, View, document, to_json
from ringback.api.routes import Action, Route, Shows
from ringback.api.sort import Sorting
from ringback.api.twilio import envelope
from ringback.api.within import Within, routes_within
from ringback.kernel.errors import NotFound
from ringback.kernel.sid import is_sid, new_sid
from ringback.store.driver import AlreadyThere
from ringback.store.page import YOUNGEST_FIRST, Sort
from ringback.store.rows import Rows
from ringback.store.store import Store
from ringback.store.where import Where, equal, in_tree

Record = TypeVar("Record", bound=msgspec.Struct)
Values = dict[str, Any]
Function = TypeVar("Function", bound=Callable[..., Awaitable[Any]])
#: how many are deleted together: they share a commit
_AT_ONCE = 200
_SUB_ACCOUNTS = flag("SubAccounts")
#: everything that can be done with a resource
ALL = frozenset({"list", "create", "read", "change", "delete"})


async def twice(make: Callable[[], Awaitable[Record]]) -> Record:
    """Once more, when another request made the same one meanwhile: now it is found."""
    try:
        return await make()
    except AlreadyThere:
        return await make()


class Resource(Generic[Record]):
    """``path`` is below an account (``below``); ``element`` and ``elements`` name one and a list in XML, ``key`` a list
    in JSON; ``prefix`` begins its SIDs; ``target`` is its name among the roles' permissions.

    ``properties`` stand in the order of the XML; ``json_order`` names those that come first in JSON when that order is
    another one. ``create`` and ``change`` are the parameters, when they are not simply the writable properties.
    Of ``one_of`` at least one must be given to create. ``query``: what a list takes beside ``filters``.
    ``sorts`` False: its list has an order of its own.
    ``of_account`` False: it belongs to the server. ``sub_accounts``: ``SubAccounts=true`` lists those below too.
    ``within``: where else its list is found; ``extra_places``: where else all of it is.
    ``twilio_path`` and ``twilio_key``: where Twilio's dialect has it (None: nowhere); ``twilio``: what only it shows;
    ``twilio_create`` and ``twilio_change``: its parameters, when they are others; ``twilio_deeds``: what can be done.
    """

    def __init__(
        self,
        *,
        path: str,
        element: str,
        prefix: str,
        record: type[Record],
        rows: Callable[[Store], Rows[Record]],
        properties: Sequence[Property],
        json_order: Sequence[str] = (),
        elements: str = "",
        key: str = "",
        target: str = "",
        create: Sequence[Property] | None = None,
        change: Sequence[Property] | None = None,
        one_of: Sequence[str] = (),
        filters: Sequence[Filter] = (),
        query: Sequence[Property] = (),
        sortable: Sequence[str] = (),
        usual_order: Sort = YOUNGEST_FIRST,
        sorts: bool = True,
        deeds: frozenset[str] = ALL,
        below: str = "Accounts/{account}",
        who: Who = Who.ACCOUNT,
        delete_status: int | None = None,
        ends_with_account: bool = True,
        of_account: bool = True,
        sub_accounts: bool = False,
        within: Sequence[Within] = (),
        extra_places: Sequence[str] = (),
        twilio_path: str | None = None,
        twilio_key: str = "",
        twilio: Sequence[Property] = (),
        twilio_create: Sequence[Property] | None = None,
        twilio_change: Sequence[Property] | None = None,
        twilio_deeds: frozenset[str] | None = None,
        item: str = "{sid}",
        change_methods: Sequence[str] = ("POST", "PUT"),
        description: str = "",
    ) -> None:
        writable = [item for item in properties if item.writable]
        self.path = path
        self.element = element
        self.elements = elements or path.rpartition("/")[2]
        self.key = key or snake(self.elements)
        self.prefix = prefix
        self.record = record
        self.rows = rows
        self.properties = properties
        self.target = target or path.rpartition("/")[2]
        self.create_parameters = writable if create is None else create
        self.twilio_create_parameters = self.create_parameters if twilio_create is None else twilio_create
        self.change_parameters = [item for item in writable if not item.fixed] if change is None else change
        self.twilio_change_parameters = self.change_parameters if twilio_change is None else twilio_change
        self.one_of = one_of
        self.filters = filters
        self.query = [*query, *([_SUB_ACCOUNTS] if sub_accounts else [])]
        self.sorts = sorts
        self.sorting = Sorting(tuple(sortable), usual_order)
        self.deeds = {RESTCOMM: deeds, TWILIO: deeds if twilio_deeds is None else twilio_deeds}
        self.below = below
        self.who = who
        self.delete_status = delete_status
        self.of_account = of_account and "account_sid" in record.__struct_fields__
        self.ends_with_account = ends_with_account and self.of_account
        self.sub_accounts = sub_accounts
        self.within = within
        self.extra_places = extra_places
        self.twilio_path = twilio_path
        self.twilio_key = twilio_key or snake((twilio_path or path).rpartition("/")[2])
        self.description = description
        self.item = item
        self.change_methods = change_methods
        self._shown = {RESTCOMM: properties, TWILIO: [*properties, *twilio]}
        self.views = {dialect: View(element, shown, json_order, dialect) for dialect, shown in self._shown.items()}
        self._fields = frozenset(record.__struct_fields__)
        self._create: Callable[[Values, Asked], Awaitable[Record]] = self.insert
        self._change: Callable[[Record, Values, Asked], Awaitable[Record]] = self.amend
        self.take_away: Callable[[Record, Asked], Awaitable[None]] = self.remove

    # What a page may say differently

    def creates(self, function: Function) -> Function:
        """``async function(values, asked) -> record`` makes a new one, perhaps with `insert`."""
        self._create = function
        return function

    def changes(self, function: Function) -> Function:
        """``async function(record, values, asked) -> record`` changes one, perhaps with `amend`."""
        self._change = function
        return function

    def deletes(self, function: Function) -> Function:
        """``async function(record, asked)`` deletes one, perhaps with `remove`."""
        self.take_away = function
        return function

    async def values_to_create(self, asked: Asked) -> Values:
        """The checked parameters of a create, with their defaults."""
        parameters, _ = self.parameters(asked.dialect)
        values = read_parameters(parameters, await asked.form(), creating=True)
        await check_references(parameters, values, asked.account.sid, asked.house.store)
        return values

    async def given(self, asked: Asked) -> Values:
        """Of the parameters to create one, those that may be changed later and were given."""
        parameters = [item for item in self.create_parameters if not item.fixed]
        return read_parameters(parameters, await asked.form(), creating=False)

    # What is done when nothing else is said

    async def insert(self, values: Values, asked: Asked) -> Record:
        """A new record of the account that is acted for, with ``values``; kept when this returns."""
        now = asked.house.clock.utc()
        facts = {
            "sid": new_sid(self.prefix),
            "date_created": now,
            "date_updated": now,
            "account_sid": asked.account.sid,
            "api_version": asked.dialect.api_version,
            **values,
        }
        record = self.record(**{name: value for name, value in facts.items() if name in self._fields})
        await self.rows(asked.house.store).insert(record)
        return record

    async def amend(self, record: Record, values: Values, asked: Asked) -> Record:
        """``record`` with ``values``; kept when this returns."""
        values = {name: value for name, value in values.items() if name in self._fields}
        values["date_updated"] = asked.house.clock.utc()
        changed = await self.rows(asked.house.store).change(record.sid, **values)  # type: ignore[attr-defined]
        if changed is None:
            raise self.missing(record.sid)  # type: ignore[attr-defined]
        return changed

    async def remove(self, record: Record, asked: Asked) -> None:
        if not await self.rows(asked.house.store).delete(record.sid):  # type: ignore[attr-defined]
            raise self.missing(record.sid)  # type: ignore[attr-defined]

    async def delete_all(self, asked: Asked) -> None:
        """Everything of the account that is acted for, each in its own way."""
        records = await self.rows(asked.house.store).find(account_sid=asked.account.sid)
        for start in range(0, len(records), _AT_ONCE):
            await asyncio.gather(
                *(self._remove_if_there(record, asked) for record in records[start : start + _AT_ONCE])
            )

    async def _remove_if_there(self, record: Record, asked: Asked) -> None:
        with contextlib.suppress(NotFound):
            await self.take_away(record, asked)

    async def find(self, sid: str, asked: Asked) -> Record:
        """The record ``sid`` of the account that is acted for; 404 when it has none such."""
        record = await self.rows(asked.house.store).get(sid) if is_sid(sid, self.prefix) else None
        if record is None or (self.of_account and record.account_sid != asked.account.sid):  # type: ignore[attr-defined]
            raise self.missing(sid)
        return record

    async def found(self, asked: Asked) -> Record:
        """The record that the path names."""
        return await self.find(asked.names["sid"], asked)

    def missing(self, sid: str) -> NotFound:
        return NotFound(f"There is no {self.element} {sid} here.")

    def always(self, asked: Asked) -> list[Where]:
        """What limits each list of this resource, whatever its filters say."""
        if not self.of_account:
            return []
        if self.sub_accounts and read_parameters(self.query, asked.query, creating=False).get("sub_accounts"):
            return [in_tree(asked.account.sid)]
        return [equal("account_sid", asked.account.sid)]

    async def page(self, asked: Asked, *more: Where) -> Page:
        wanted = wanted_page(asked.query)
        found = await self.rows(asked.house.store).page(
            *self.always(asked),
            *more,
            *conditions_of(self.filters, asked.query),
            sort=self.sorting.wanted(asked.query),
            limit=wanted.size,
            offset=0 if wanted.after else wanted.offset,
            after=wanted.after,
        )
        last = found.records[-1].sid if found.records else None  # type: ignore[attr-defined]
        return Page(found.records, found.total, wanted, asked.path, asked.query, last)

    # Answers

    async def answer_list(self, asked: Asked) -> Answer:
        return self.show_page(await self.page(asked), asked)

    async def answer_one(self, asked: Asked) -> Answer:
        return self.show(await self.found(asked), asked)

    async def answer_create(self, asked: Asked) -> Answer:
        async def create() -> Record:
            return await self._create(await self.values_to_create(asked), asked)

        return self.show(await twice(create), asked, asked.dialect.created)

    async def answer_change(self, asked: Asked) -> Answer:
        record = await self.found(asked)
        _, parameters = self.parameters(asked.dialect)
        values = read_parameters(parameters, await asked.form(), creating=False)
        await check_references(parameters, values, asked.account.sid, asked.house.store)
        return self.show(await self._change(record, values, asked), asked)

    async def answer_delete(self, asked: Asked) -> Answer:
        await self.take_away(await self.found(asked), asked)
        return Answer(self.deleted(asked.dialect))

    def show(self, record: Record, asked: Asked, status: int = 200) -> Answer:
        view = self.views[asked.dialect]
        if asked.as_json:
            return Answer(status, to_json(view.json(record)), JSON)
        return Answer(status, document(view.xml(record)), XML)

    def show_page(self, page: Page, asked: Asked) -> Answer:
        page.must_exist()
        view = self.views[asked.dialect]
        if asked.dialect is TWILIO:
            items = [view.json(item) for item in page.items]
            return Answer(200, to_json({self.twilio_key: items, **envelope(page)}), JSON)
        if asked.as_json:
            return Answer(200, to_json({**page.keys(), self.key: [view.json(item) for item in page.items]}), JSON)
        opening = f"  <{self.elements}{page.attributes()}"
        if not page.items:
            return Answer(200, document(opening + "/>\n"), XML)
        return Answer(200, document(f"{opening}>\n{view.xml_list(page.items)}  </{self.elements}>\n"), XML)

    # What is described

    def shown_in(self, dialect: Dialect) -> Sequence[Property]:
        """Its properties in ``dialect``."""
        return self._shown[dialect]

    def parameters(self, dialect: Dialect) -> tuple[Sequence[Property], Sequence[Property]]:
        """Those to create one and those to change one."""
        if dialect is TWILIO:
            return self.twilio_create_parameters, self.twilio_change_parameters
        return self.create_parameters, self.change_parameters

    def deleted(self, dialect: Dialect) -> int:
        """The status of a deletion."""
        return self.delete_status or dialect.deleted if dialect.deleted == 200 else dialect.deleted

    # Routes

    def routes(self, dialect: Dialect) -> list[Route]:
        """Where ``dialect`` serves this resource."""
        path = self.path if dialect is RESTCOMM else self.twilio_path
        if path is None:
            return []
        deeds = self.deeds[dialect]
        place = f"{self.below}/{path}" if self.below else path
        many = {"GET": self.action(Deed.READ, self.answer_list, Shows.LIST)} if "list" in deeds else {}
        if "create" in deeds:
            many["POST"] = self.action(Deed.CREATE, self.answer_create, Shows.NEW)
        one = {"GET": self.action(Deed.READ, self.answer_one, Shows.ONE)} if "read" in deeds else {}
        if "change" in deeds:
            change = self.action(Deed.MODIFY, self.answer_change, Shows.CHANGED)
            one.update(dict.fromkeys(self.change_methods, change))
        if "delete" in deeds:
            one["DELETE"] = self.action(Deed.DELETE, self.answer_delete, Shows.NOTHING)
        routes = [Route(place, many), Route(f"{place}/{self.item}", one)]
        for extra in self.extra_places if dialect is RESTCOMM else ():
            routes += [Route(extra, many), Route(f"{extra}/{self.item}", one)]
        for within in self.within:
            routes += routes_within(self, within, dialect)
        return routes

    def action(self, deed: Deed, run: Callable[[Asked], Awaitable[Answer]], shows: Shows = Shows.OTHER) -> Action:
        return Action(deed, self.target, run, self.who, shows)
