"""Places: paths that are not a list of records; each has a function that answers with names and values."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ringback.api.answer import Answer
from ringback.api.asked import Asked
from ringback.api.dialect import RESTCOMM, Dialect
from ringback.api.permission import Deed, Who
from ringback.api.property import Property
from ringback.api.representation import JSON, XML, document, snake_tree, to_json, xml_tree
from ringback.api.routes import Action, Route

#: answers with a tree (names in CamelCase), or with a whole answer
Function = Callable[[Asked], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Spot:
    """One path of a place: ``below`` its path, ``method``, and what the caller's role must allow.

    ``parameters`` are those in the body, ``query`` those in the query; ``body``: the content type of a body that is no
    form.
    """

    below: str
    method: str
    deed: Deed
    function: Function
    parameters: Sequence[Property] = ()
    query: Sequence[Property] = ()
    body: str = ""


class Place:
    """``target`` is its name among the roles' permissions. ``names_as_written``: JSON keys are those of the XML.

    ``dialects``: which of them have it.
    """

    def __init__(
        self,
        *,
        path: str,
        target: str = "",
        element: str = "",
        who: Who = Who.ACCOUNT,
        below: str = "Accounts/{account}",
        names_as_written: bool = False,
        description: str = "",
        dialects: Sequence[Dialect] = (RESTCOMM,),
    ) -> None:
        self.path = path
        self.target = target or path
        self.element = element
        self.who = who
        self.below = below
        self.names_as_written = names_as_written
        self.description = description
        self.dialects = dialects
        self.spots: list[Spot] = []

    def answers(
        self,
        method: str,
        below: str = "",
        deed: Deed = Deed.READ,
        parameters: Sequence[Property] = (),
        query: Sequence[Property] = (),
        body: str = "",
    ) -> Callable[[Function], Function]:
        """The function answers ``method`` on the path ``below`` this place, and is described as a `Spot` is."""

        def add(function: Function) -> Function:
            self.spots.append(Spot(below, method, deed, function, parameters, query, body))
            return function

        return add

    def routes(self, dialect: Dialect) -> list[Route]:
        if dialect not in self.dialects:
            return []
        return [
            Route(
                "/".join(part for part in (self.below, self.path, spot.below) if part),
                {spot.method: Action(spot.deed, self.target, self._answering(spot), self.who, about=spot)},
            )
            for spot in self.spots
        ]

    def _answering(self, spot: Spot) -> Callable[[Asked], Awaitable[Answer]]:
        async def run(asked: Asked) -> Answer:
            tree = await spot.function(asked)
            return tree if isinstance(tree, Answer) else self.show(tree, asked)

        return run

    def show(self, tree: Any, asked: Asked) -> Answer:
        if asked.as_json:
            return Answer(200, to_json(tree if self.names_as_written else snake_tree(tree)), JSON)
        if self.element:
            return Answer(200, document(xml_tree(self.element, tree, "  ")), XML)
        return Answer(200, document("".join(xml_tree(name, value, "  ") for name, value in tree.items())), XML)
