"""Turns conditions and order into prepared statements; a statement of the same form is made once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, bindparam, false, func, literal_column, select, tuple_

from ringback.store.page import Sort
from ringback.store.prepared import Prepared
from ringback.store.table import Shape
from ringback.store.tree import accounts_of_tree
from ringback.store.where import Where, padded

#: of calls: those that are not created, started and ended on one day; as their index has it, to the letter
OVER_DAYS = (
    "(end_time IS NULL OR start_time IS NULL OR end_time / 86400000 <> start_time / 86400000"
    " OR end_time / 86400000 <> date_created / 86400000)"
)
#: sorts after every text that begins alike
_LAST = "\U0010ffff"
_AGE = "date_created"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a list goes on: after the row with this value of the sort field, of this age and with this id.

    ``part``: of what comes then, only what has the ``same`` value, or only what is ``beyond`` it. An index of a field
    that may have no value serves these two, but not ``all`` at once.
    """

    value: Any
    age: int
    id: int
    part: Literal["all", "same", "beyond"] = "all"


@dataclass(frozen=True, slots=True)
class Query:
    """A prepared statement with its parameters."""

    statement: Prepared
    parameters: Mapping[str, Any]


class Queries:
    """Statements about one table."""

    def __init__(self, shape: Shape[Any]) -> None:
        self._shape = shape
        self._made: dict[object, Prepared] = {}

    def rows(
        self, where: Sequence[Where], sort: Sort, limit: int, *, offset: int = 0, after: Position | None = None
    ) -> Query:
        """Rows of the table in order: value of the sort field, age and id, then the record's fields."""
        form = ("rows", _form(where), sort, bool(offset), after and after.part)
        statement = self._made.get(form)
        if statement is None:
            statement = self._made[form] = Prepared(self._rows(where, sort, bool(offset), after))
        parameters = self._parameters(where) | {"limit_": limit} | _place(after)
        if offset:
            parameters["offset_"] = offset
        return Query(statement, parameters)

    def count(self, where: Sequence[Where]) -> Query:
        """How many rows there are."""
        form = ("count", _form(where))
        statement = self._made.get(form)
        if statement is None:
            clauses = self._clauses(where)
            statement = self._made[form] = Prepared(select(func.count()).select_from(self._shape.table).where(*clauses))
        return Query(statement, self._parameters(where))

    def keys(self, where: Sequence[Where], field: str) -> Query:
        """Value of ``field`` as it is sorted, age and id of each row, in any order."""
        form = ("keys", _form(where), field)
        statement = self._made.get(form)
        if statement is None:
            chosen = select(*self._key(field).values()).where(*self._clauses(where))
            statement = self._made[form] = Prepared(chosen)
        return Query(statement, self._parameters(where))

    def near(self, owner: Where, where: Sequence[Where], sort: Sort, depth: int, after: Position | None) -> Query:
        """The same as `keys`, of those rows that are among the first ``depth`` of the owner in order, or of the rest.

        As ``after`` says, which may be in parts.
        """
        form = ("near", _form(where), _form([owner]), sort, after and after.part)
        statement = self._made.get(form)
        if statement is None:
            first = [self._clause(owner, "owner"), *self._after(sort, after)]
            table = self._shape.table
            some = select(table.c.id).where(*first).order_by(*self._order(sort, after)).limit(bindparam("depth"))
            chosen = select(*self._key(sort.field).values()).where(table.c.id.in_(some.scalar_subquery()))
            statement = self._made[form] = Prepared(chosen.where(*self._clauses(where)))
        given = {"owner": owner.value, "depth": depth} | _place(after)
        return Query(statement, self._parameters(where) | given)

    def of_ids(self, ids: Sequence[int], sort: Sort) -> Query:
        """The same as of `rows` for these ids, in any order: asked for one, a database may walk through all rows."""
        where = [padded("id", ids)]
        form = ("ids", _form(where), sort.field)
        statement = self._made.get(form)
        if statement is None:
            chosen = select(*self._key(sort.field).values(), *self._shape.columns).where(*self._clauses(where))
            statement = self._made[form] = Prepared(chosen)
        return Query(statement, self._parameters(where))

    def position(self, sort: Sort, sid: str) -> Query:
        """Value of the sort field, age and id of the row ``sid``."""
        form = ("position", sort.field)
        statement = self._made.get(form)
        if statement is None:
            table = self._shape.table
            statement = self._made[form] = Prepared(
                select(self._sortable(sort.field), self._age, table.c.id).where(table.c.sid == bindparam("sid"))
            )
        return Query(statement, {"sid": sid})

    def _rows(self, where: Sequence[Where], sort: Sort, offset: bool, after: Position | None) -> Any:
        identity, order = self._shape.table.c.id, self._order(sort, after)
        clauses = [*self._clauses(where), *self._after(sort, after)]
        chosen = select(identity).where(*clauses).order_by(*order).limit(bindparam("limit_"))
        everything = select(*self._key(sort.field).values(), *self._shape.columns).order_by(*order)
        if offset:  # steps over what is skipped in the index alone
            return everything.where(identity.in_(chosen.offset(bindparam("offset_")).scalar_subquery()))
        return everything.where(*clauses).limit(bindparam("limit_"))

    def _key(self, field: str) -> dict[str, ColumnElement[Any]]:
        return {"value": self._sortable(field), "age": self._age, "id": self._shape.table.c.id}

    def _by(self, sort: Sort) -> dict[str, ColumnElement[Any]]:
        """What decides the order, each when those before are alike."""
        return {name: each for name, each in self._key(sort.field).items() if name != "age" or sort.field != _AGE}

    def _order(self, sort: Sort, after: Position | None) -> list[ColumnElement[Any]]:
        by = self._by(sort)
        if after is not None and after.part == "same":
            del by["value"]
        return [column.desc() if sort.descending else column.asc() for column in by.values()]

    def _after(self, sort: Sort, after: Position | None) -> list[ColumnElement[bool]]:
        if after is None:
            return []
        by = self._by(sort)
        places = {name: bindparam(f"after_{name}", type_=column.type) for name, column in by.items()}
        if after.part == "beyond":
            return [by["value"] < places["value"] if sort.descending else by["value"] > places["value"]]
        clauses: list[ColumnElement[bool]] = []
        if after.part == "same":  # SQLite finds the place in an index with an expression by the age alone
            clauses.append(by.pop("value") == places.pop("value"))
            clauses.append(by["age"] <= places["age"] if sort.descending else by["age"] >= places["age"])
        here, there = tuple_(*by.values()), tuple_(*places.values())
        return [*clauses, here < there if sort.descending else here > there]

    def parts(self, sort: Sort, after: Position | None) -> list[Position | None]:
        """``after`` in parts that an index serves, in order."""
        if after is None or sort.field == _AGE or not self._shape.table.c[sort.field].nullable:
            return [after]
        return [replace(after, part="same"), replace(after, part="beyond")]

    @property
    def _age(self) -> ColumnElement[Any]:
        """What breaks ties, before the order of insertion does."""
        return self._shape.table.c["date_created" if "date_created" in self._shape.fields else "id"]

    def _sortable(self, field: str) -> ColumnElement[Any]:
        """A nullable field counts as less than any value."""
        column = self._shape.table.c[field]
        if not column.nullable:
            return column
        least: ColumnElement[Any] = literal_column("''" if self._shape.is_text(field) else "-1", column.type)
        return func.coalesce(column, least)

    def _clauses(self, where: Sequence[Where]) -> list[ColumnElement[bool]]:
        return [self._clause(condition, f"p{number}") for number, condition in enumerate(where)]

    def _clause(self, where: Where, name: str) -> ColumnElement[bool]:
        column: ColumnElement[Any] = self._shape.table.c[where.field]
        if not where.indexed:
            column = self._without_index(where.field)
        value = bindparam(name, type_=column.type)
        match where.comparison:
            case "=":
                return column.is_(None) if where.value is None else column == value
            case "<>":
                return column.is_not(None) if where.value is None else column != value
            case "in":
                names = [bindparam(f"{name}_{number}", type_=column.type) for number in range(len(where.value))]
                return column.in_(names) if names else false()
            case ">=":
                return column >= value
            case ">":
                return column > value
            case "<=":
                return column <= value
            case "<":
                return column < value
            case "starts":
                return (column >= value) & (column < bindparam(f"{name}_end", type_=column.type))
            case "ends":
                return column.like(value, escape="\\")
            case "contains":
                return func.lower(column).like(func.lower(value), escape="\\")
            case "tree":
                return column.in_(accounts_of_tree(value))
            case "over days":
                return literal_column(OVER_DAYS)

    def _without_index(self, field: str) -> ColumnElement[Any]:
        """A value that no index holds; the age keeps its, which bounds the list."""
        column: ColumnElement[Any] = self._shape.table.c[field]
        if self._shape.is_text(field):
            return column.concat("")
        return column + literal_column("0") if self._shape.is_moment(field) and field != "date_created" else column

    def _parameters(self, where: Sequence[Where]) -> dict[str, Any]:
        parameters: dict[str, Any] = {}
        for number, condition in enumerate(where):
            name, value = f"p{number}", condition.value
            match condition.comparison:
                case "in":
                    for index, one in enumerate(value):
                        parameters[f"{name}_{index}"] = self._shape.encode_value(condition.field, one)
                case "starts":
                    parameters |= {name: value, f"{name}_end": value + _LAST}
                case "ends":
                    parameters[name] = "%" + like(value)
                case "contains":
                    parameters[name] = f"%{like(value)}%"
                case "over days":
                    pass
                case "=" | "<>" if value is None:
                    pass
                case _:
                    parameters[name] = self._shape.encode_value(condition.field, value)
        return parameters


def like(value: str) -> str:
    """``value`` with nothing in it that LIKE understands; the escape is a backslash."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _place(after: Position | None) -> dict[str, Any]:
    if after is None:
        return {}
    place = {"after_value": after.value, "after_age": after.age, "after_id": after.id}
    return place if after.part != "beyond" else {"after_value": after.value}


def _form(where: Sequence[Where]) -> tuple[object, ...]:
    return tuple(
        (
            condition.field,
            condition.comparison,
            condition.indexed,
            len(condition.value) if condition.comparison == "in" else condition.value is None,
        )
        for condition in where
    )
