"""Settings: a TOML file, then environment variables, then options, each overriding the one before.

``http.port`` is ``port`` under ``[http]`` in the file, ``RINGBACK_HTTP_PORT`` in the environment, ``--set http.port=…``
on the command line. A name that does not exist or a value that does not fit is refused, with all faults at once.
"""

import difflib
import ipaddress
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ringback.kernel.errors import SettingError

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Http(_Section):
    """The REST API and the demos."""

    host: str = Field("127.0.0.1", description="address that HTTP listens on")
    port: Port = Field(8080, description="port that HTTP listens on; 0: any free one")
    max_body: int = Field(10_000_000, gt=0, description="largest request body, in octets (413 above)")


class Sip(_Section):
    """Signalling."""

    host: str = Field("127.0.0.1", description="address that SIP listens on, UDP and TCP")
    port: Port = Field(5080, description="port that SIP listens on; 0: any free one")
    external_ip: str = Field("", description="address to show to the outside, when it is not host")
    realm: str = Field("ringback", description="realm of digest authentication")
    authenticate: bool = Field(True, description="challenge REGISTER, and INVITE and MESSAGE from a known login")
    min_expires: int = Field(30, gt=0, description="shortest registration accepted, in seconds (423 below)")
    max_expires: int = Field(3600, gt=0, description="longest registration granted, in seconds")
    follow_redirects: bool = Field(False, description="try the contact of a 3xx answer once")
    anonymous_to_clients: bool | None = Field(
        None, description="unauthenticated callers may ring registered clients; unset: only while bound to loopback"
    )
    max_message: int = Field(65_535, gt=1000, description="largest SIP message, in octets (513 above)")


class Media(_Section):
    """Sound."""

    first_port: Port = Field(20_000, description="first RTP port; 0: any free ones")
    ports: int = Field(64, ge=1, le=10_000, description="how many RTP ports are shared by all streams")
    host: str = Field("", description="address that RTP uses; empty: that of SIP")
    external_address: str = Field("", description="address to show in SDP, when it is not host")
    workers: int = Field(0, ge=0, le=256, description="media processes; 0: one for each core but one, at least one")


class Fetch(_Section):
    """What is asked of customers' servers."""

    timeout: Seconds = Field(15.0, description="seconds for one request with its redirects and its body")
    max_document: int = Field(1_048_576, gt=0, description="largest document, in octets")
    max_sound: int = Field(52_428_800, gt=0, description="largest sound, in octets")
    max_redirects: int = Field(10, ge=0, description="redirects followed for one request")
    private: list[str] = Field(
        default_factory=list,
        description="private hosts or networks that may be asked although something is not bound to loopback",
    )
    cache_bytes: int = Field(1_073_741_824, ge=0, description="most octets of fetched sounds kept on disk")


class Calls(_Section):
    """Calls."""

    drain_timeout: Seconds = Field(30.0, description="seconds that live calls may go on after SIGTERM")
    gather_timeout: Seconds = Field(5.0, description="<Gather timeout> when the document does not say")


class Journals(_Section):
    """The record of every message, fetch and verb of every call."""

    max_bytes: int = Field(1_073_741_824, ge=1_000_000, description="most octets of journals kept")
    max_days: float = Field(14.0, gt=0, description="days that a journal is kept")


class Logs(_Section):
    """Log lines on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level shown")
    json_lines: bool = Field(False, description="one JSON object a line")


class Settings(_Section):
    """Everything that can be set."""

    http: Http = Field(default_factory=lambda: Http())
    sip: Sip = Field(default_factory=lambda: Sip())
    media: Media = Field(default_factory=lambda: Media())
    fetch: Fetch = Field(default_factory=lambda: Fetch())
    calls: Calls = Field(default_factory=lambda: Calls())
    journal: Journals = Field(default_factory=lambda: Journals())
    log: Logs = Field(default_factory=lambda: Logs())
    data_dir: Path = Field(Path("data"), description="folder for the database, recordings, caches and journals")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in data_dir")
    country: str = Field("US", pattern="^[A-Z]{2}$", description="country of numbers written without + (ISO 3166)")
    demo: bool = Field(True, description="create the demo clients and numbers at first start")
    random_tokens: bool = Field(False, description="new accounts get random auth tokens instead of md5(password)")
    strong_passwords: bool = Field(False, description="refuse weak passwords of accounts and clients")

    @property
    def only_loopback(self) -> bool:
        """Whether everything is bound to this machine alone: then the documented administrator works."""
        return all(is_loopback(host) for host in (self.http.host, self.sip.host, self.media.host or self.sip.host))


def is_loopback(host: str) -> bool:
    """Whether ``host`` (an address, or ``localhost``) is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def names_of_settings(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Each setting's dotted name with its pydantic field, in the order of the file."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from names_of_settings(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, field


def load_settings(
    config: Path | None = None, environment: Mapping[str, str] | None = None, options: Mapping[str, Any] | None = None
) -> Settings:
    """The settings from the file ``config`` (or ``RINGBACK_CONFIG``), the environment and ``options`` (dotted names).

    Raises `SettingError` with one line a fault: name, value, where it came from, what would be right.
    """
    environment = os.environ if environment is None else environment
    given: dict[str, tuple[Any, str]] = {}
    path = config or (Path(environment["RINGBACK_CONFIG"]) if environment.get("RINGBACK_CONFIG") else None)
    if path is not None:
        given.update({name: (value, str(path)) for name, value in _flattened(_read_toml(path))})
    given.update(_from_environment(environment))
    given.update({name: (value, "option") for name, value in (options or {}).items()})
    return _checked(given)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"the configuration file {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"the configuration file {path} is not TOML: {error}") from error


def _flattened(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _from_environment(environment: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    known = {"RINGBACK_" + name.replace(".", "_").upper(): name for name, _ in names_of_settings()}
    faults, found = [], {}
    for variable, value in environment.items():
        if not variable.startswith("RINGBACK_") or variable == "RINGBACK_CONFIG":
            continue
        if variable in known:
            found[known[variable]] = (value, variable)
        else:
            faults.append(f"{variable} = {value!r}: there is no such setting{_perhaps(variable, known)}")
    if faults:
        raise SettingError("\n".join(faults))
    return found


def _checked(given: Mapping[str, tuple[Any, str]]) -> Settings:
    known = dict(names_of_settings())
    faults: list[str] = []
    tree: dict[str, Any] = {}
    for name, (value, origin) in given.items():
        if name not in known:
            faults.append(f"{name} = {value!r} ({origin}): there is no such setting{_perhaps(name, known)}")
            continue
        if isinstance(value, str) and get_origin(known[name].annotation) is list:
            value = [part.strip() for part in value.split(",") if part.strip()]
        section, _, leaf = name.rpartition(".")
        (tree.setdefault(section, {}) if section else tree)[leaf] = value
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        for fault in error.errors():
            name = ".".join(str(part) for part in fault["loc"] if isinstance(part, str))
            value, origin = given.get(name, (fault["input"], "default"))
            faults.append(f"{name} = {value!r} ({origin}): {fault['msg'][0].lower() + fault['msg'][1:]}")
    if faults:
        raise SettingError("\n".join(faults))
    return settings


def _perhaps(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; perhaps {close[0]}?" if close else ""
