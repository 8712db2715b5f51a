"""A table is made from its record type: a column for each field, in the field's type.

Every table has ``id``, which grows with each insert and breaks ties of time; ``sid`` is what the world calls a row.
Times are milliseconds since 1970 (UTC) in the database: they sort, compare and index alike in SQLite and PostgreSQL.
Text compares by code point in both.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import NoneType
from typing import Any, Generic, TypeVar, get_args, get_origin

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

METADATA = MetaData()
Record = TypeVar("Record", bound=msgspec.Struct)

#: text that compares by code point
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
_ID = BigInteger().with_variant(Integer(), "sqlite")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_TYPES: dict[type, TypeEngine[Any]] = {
    str: TEXT,
    int: BigInteger(),
    float: Double(),
    bool: Boolean(),
    datetime: BigInteger(),
}


def to_milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware ``moment``."""
    return (moment - _EPOCH) // _MILLISECOND


def from_milliseconds(value: int) -> datetime:
    """The inverse, in UTC."""
    return datetime.fromtimestamp(value / 1000, UTC)  # exact: rounded to microseconds


class Shape(Generic[Record]):
    """How records of one type lie in their table, and the way there and back."""

    def __init__(self, record: type[Record], name: str, *indexes: Index) -> None:
        self.record = record
        self.name = name
        self.fields = tuple(record.__struct_fields__)
        kinds = {field.name: field.type for field in msgspec.structs.fields(record)}
        self._kinds = {field: _without_none(kind) for field, kind in kinds.items()}
        columns = [_column(field, kinds[field]) for field in self.fields]
        self.table = Table(name, METADATA, Column("id", _ID, primary_key=True), *columns, *indexes)
        self.columns = [self.table.c[field] for field in self.fields]
        self._encoders = {field: encoder for field in self.fields if (encoder := _encoder(self._kinds[field]))}
        self._decoders = [
            (position, decoder)
            for position, field in enumerate(self.fields)
            if (decoder := _decoder(self._kinds[field])) is not None
        ]

    def encode(self, record: Record) -> dict[str, Any]:
        """What the database is given for ``record``."""
        return self.encode_values({field: getattr(record, field) for field in self.fields})

    def encode_values(self, values: dict[str, Any]) -> dict[str, Any]:
        """What the database is given for some fields; ``values`` itself is changed and returned."""
        for field, encoder in self._encoders.items():
            if values.get(field) is not None:
                values[field] = encoder(values[field])
        return values

    def encode_value(self, field: str, value: Any) -> Any:
        """What the database is given for one field; a moment may be given as milliseconds, too."""
        encoder = self._encoders.get(field)
        if value is None or encoder is None or (encoder is to_milliseconds and isinstance(value, int)):
            return value
        return encoder(value)

    def decode(self, row: Sequence[Any]) -> Record:
        """The record of ``row``, whose values are in the order of the fields."""
        values = list(row)
        for position, decoder in self._decoders:
            if values[position] is not None:
                values[position] = decoder(values[position])
        return self.record(**dict(zip(self.fields, values, strict=True)))

    def is_text(self, field: str) -> bool:
        return self._kinds[field] is str

    def is_moment(self, field: str) -> bool:
        return self._kinds[field] is datetime


def column_name(field: str) -> str:
    """The column of a record's field: ``from_`` is kept as ``from``."""
    return field.rstrip("_")


def _column(field: str, kind: Any) -> Column[Any]:
    bare = _without_none(kind)
    nullable = bare is not kind
    return Column(column_name(field), _TYPES.get(bare, TEXT), key=field, nullable=nullable, unique=field == "sid")


def _without_none(kind: Any) -> Any:
    """``str`` of ``str | None``; other types as they are."""
    parts = [part for part in get_args(kind) if part is not NoneType]
    return parts[0] if NoneType in get_args(kind) and len(parts) == 1 else kind


def _is_plain(kind: Any) -> bool:
    return get_origin(kind) is None and kind in _TYPES


def _encoder(kind: Any) -> Callable[[Any], Any] | None:
    if kind is datetime:
        return to_milliseconds
    return None if _is_plain(kind) else lambda value: msgspec.json.encode(value).decode()


def _decoder(kind: Any) -> Callable[[Any], Any] | None:
    if kind is datetime:
        return from_milliseconds
    if kind is bool:
        return bool
    return None if _is_plain(kind) else msgspec.json.Decoder(kind).decode
