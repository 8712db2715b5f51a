"""Fills the settings: from a TOML file, then environment variables, then options, each overriding the one before.

``http.port`` is ``port`` under ``[http]`` in the file, ``RINGBACK_HTTP_PORT`` in the environment, ``--set http.port=…``
on the command line. A name that does not exist or a value that does not fit is refused, with all faults at once.
"""

import difflib
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ringback.kernel.catalogue import PREFIX, Setting, settings_in_order
from ringback.kernel.errors import SettingError
from ringback.kernel.settings import Settings, is_loopback

__all__ = ["Settings", "is_loopback", "load_settings"]

CONFIG = PREFIX + "CONFIG"  # names the file; all other variables with the prefix are settings


@dataclass(frozen=True, slots=True)
class Given:
    """A value that someone gave, and where."""

    name: str
    value: Any
    origin: str

    def fault(self, why: str) -> str:
        return f"{self.name} = {self.value!r} ({self.origin}): {why}"


def load_settings(
    config: Path | None = None, environment: Mapping[str, str] | None = None, options: Mapping[str, Any] | None = None
) -> Settings:
    """The settings from the file ``config`` (or ``RINGBACK_CONFIG``), the environment and ``options`` (dotted names).

    Raises `SettingError` with one line a fault: name, value, where it came from, what would be right.
    """
    environment = os.environ if environment is None else environment
    path = config or (Path(environment[CONFIG]) if environment.get(CONFIG) else None)
    return _checked(
        [
            *(_from_file(path) if path else ()),
            *_from_environment(environment),
            *(Given(name, value, "option") for name, value in (options or {}).items()),
        ]
    )


def _from_file(path: Path) -> Iterator[Given]:
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"the configuration file {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"the configuration file {path} is not TOML: {error}") from error
    return (Given(name, value, str(path)) for name, value in _flattened(tree))


def _flattened(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for leaf, value in tree.items():
        name = prefix + leaf
        if isinstance(value, Mapping) and (value or name in Settings.model_fields):
            yield from _flattened(value, f"{name}.")
        else:
            yield name, value


def _from_environment(environment: Mapping[str, str]) -> Iterator[Given]:
    """An empty variable counts as one that is not there."""
    by_variable = {setting.variable: setting.name for setting in settings_in_order().values()}
    for variable, value in environment.items():
        if variable.startswith(PREFIX) and variable != CONFIG and value:
            yield Given(by_variable.get(variable, variable), value, variable)


def _checked(given: Iterable[Given]) -> Settings:
    known = settings_in_order()
    last = {one.name: one for one in given}
    faults = [_unknown(one, known) for one in last.values() if one.name not in known]
    try:
        settings = Settings.model_validate(_tree(one for one in last.values() if one.name in known))
    except ValidationError as error:
        faults += _faults(error, last, known)
    if faults:
        raise SettingError("\n".join(faults))
    return settings


def _tree(given: Iterable[Given]) -> dict[str, Any]:
    known = settings_in_order()
    tree: dict[str, Any] = {}
    for one in given:
        section, _, leaf = one.name.rpartition(".")
        (tree.setdefault(section, {}) if section else tree)[leaf] = _as_typed(one.value, known[one.name])
    return tree


def _as_typed(value: Any, setting: Setting) -> Any:
    if setting.is_list and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, bool) and not setting.is_bool:
        return None  # pydantic would take TOML's true for the number 1
    return value


def _unknown(one: Given, known: Mapping[str, Setting]) -> str:
    if one.name in Settings.model_fields:
        names = ", ".join(name for name in known if name.startswith(f"{one.name}."))
        return one.fault(f"{one.name} is a group of settings: {names}")
    variables = [setting.variable for setting in known.values()]
    close = difflib.get_close_matches(one.name, [*known, *variables], n=1)
    return one.fault("there is no such setting" + (f"; perhaps {close[0]}?" if close else ""))


def _faults(error: ValidationError, given: Mapping[str, Given], known: Mapping[str, Setting]) -> Iterator[str]:
    seen = set()
    for fault in error.errors():
        name = ".".join(str(part) for part in fault["loc"] if isinstance(part, str))
        if name in seen:
            continue
        seen.add(name)
        if name in known:
            one = given.get(name, Given(name, fault["input"], "default"))
            yield one.fault(f"must be {known[name].allowed}")
        else:  # a rule about several settings tells its own story
            yield str(fault["msg"]).removeprefix("Value error, ")
