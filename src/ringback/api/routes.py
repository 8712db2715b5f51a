"""Routes: which action answers a method on a path. A tree of segments; a word wins over a placeholder."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from ringback.api.answer import Answer
from ringback.api.asked import Asked
from ringback.api.permission import Deed, Who


class Shows(Enum):
    """What an action answers with, when it is done."""

    LIST = "a page of a list"
    ONE = "one thing"
    NEW = "the new thing"
    CHANGED = "the thing as it is now"
    NOTHING = "an empty body"
    OTHER = "something of its own"


Run = Callable[[Asked], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Action:
    """What answers one method on one path: ``deed`` on ``target`` is what the caller's role must allow.

    ``about``: what it is described by, when it shows something of its own.
    """

    deed: Deed
    target: str
    run: Run
    who: Who = Who.ACCOUNT
    shows: Shows = Shows.OTHER
    about: object = None


@dataclass(frozen=True, slots=True)
class Route:
    """``path``: segments, placeholders in braces; ``{account}`` names the account that is acted for."""

    path: str
    methods: dict[str, Action]

    @property
    def segments(self) -> Sequence[str]:
        return [segment for segment in self.path.split("/") if segment]


class _Node:
    __slots__ = ("any", "methods", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node] = {}
        self.any: tuple[str, _Node] | None = None
        self.methods: dict[str, Action] = {}


class Routes:
    """All routes of a dialect."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.segments:
            if segment.startswith("{"):
                name = segment.strip("{}")
                if node.any is None:
                    node.any = (name, _Node())
                assert node.any[0] == name, f"{route.path}: this place is already called {node.any[0]}"
                node = node.any[1]
            else:
                node = node.words.setdefault(segment, _Node())
        taken = node.methods.keys() & route.methods.keys()
        assert not taken, f"{route.path}: {taken} have an answer already"
        node.methods.update(route.methods)

    def find(self, segments: Sequence[str]) -> tuple[dict[str, Action], dict[str, str]]:
        """The methods of a path with their actions, and its placeholders' values; no methods: no such path."""
        names: dict[str, str] = {}
        node = self._root
        for segment in segments:
            if (word := node.words.get(segment)) is not None:
                node = word
            elif node.any is not None:
                names[node.any[0]] = segment
                node = node.any[1]
            else:
                return {}, names
        return node.methods, names
