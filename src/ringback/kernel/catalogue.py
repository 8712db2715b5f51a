"""The catalogue of settings: each with its names, its default and what is allowed, in words for people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from ringback.kernel.settings import Settings

PREFIX = "RINGBACK_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, as it is explained to people."""

    name: str
    default: Any
    description: str
    allowed: str
    is_list: bool
    is_bool: bool

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.name.replace(".", "_").upper()


@cache
def settings_in_order() -> dict[str, Setting]:
    """Every setting by its dotted name, in the order of the tables."""
    return {setting.name: setting for setting in _settings_of(Settings)}


def _settings_of(model: type[BaseModel], prefix: str = "") -> Iterator[Setting]:
    schemas = model.model_json_schema()["properties"]
    for name, field in model.model_fields.items():
        if section := _section(model, name):
            yield from _settings_of(section, f"{prefix}{name}.")
        else:
            schema = schemas[name]
            yield Setting(
                prefix + name,
                field.get_default(call_default_factory=True),
                field.description or "",
                _allowed(schema),
                is_list="array" in _types(schema),
                is_bool="boolean" in _types(schema),
            )


def _section(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    kind = model.model_fields[name].annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _types(schema: Mapping[str, Any]) -> set[str]:
    return {part["type"] for part in (schema, *schema.get("anyOf", ())) if "type" in part}


def _allowed(schema: Mapping[str, Any]) -> str:
    """What would be right, in words."""
    match schema:
        case {"allowed": str(words)}:
            return words
        case {"enum": list(choices)}:
            return "one of " + ", ".join(choices)
        case {"anyOf": [{"type": "boolean"}, {"type": "null"}]}:
            return "true or false, or unset"
        case {"type": "boolean"}:
            return "true or false"
        case {"type": "integer"}:
            return "a whole number" + _range(schema)
        case {"type": "number"}:
            return "a number" + _range(schema)
        case {"minLength": 1}:
            return "text that is not empty"
    return "text"


def _range(schema: Mapping[str, Any]) -> str:
    match schema:
        case {"minimum": least, "maximum": most}:
            return f" from {least} to {most}"
        case {"minimum": least}:
            return f" of at least {least}"
        case {"exclusiveMinimum": below}:
            return f" above {below}"
    return ""
