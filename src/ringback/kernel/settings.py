"""Everything that can be set, with its default and its meaning: the tables that `config` fills."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

_HOST = re.compile(r"(?!\d+\Z)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\Z")


def is_loopback(host: str) -> bool:
    """Whether ``host`` (an address, or ``localhost``) is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _address(text: str) -> str:
    bare = text.strip().removeprefix("[").removesuffix("]").lower()
    return "127.0.0.1" if bare == "localhost" else str(ipaddress.ip_address(bare))


def _address_or_nothing(text: str) -> str:
    return _address(text) if text.strip() else ""


def _host_or_network(text: str) -> str:
    bare = text.strip().removeprefix("[").removesuffix("]").lower()
    if _HOST.match(bare) and not bare.replace(".", "").isdigit():
        return bare
    return str(ipaddress.ip_network(bare, strict=False))


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text.strip().removeprefix("[").removesuffix("]"), strict=False))


def _folder(path: Path) -> Path:
    if path == Path():
        raise ValueError("no folder is named")
    try:
        return path.expanduser()
    except RuntimeError as error:  # ~nobody
        raise ValueError(f"{path.parts[0]} names nobody's home folder") from error


def _words(allowed: str, kind: str = "string") -> Any:
    """What an error message and the reference page say is allowed, where the type alone does not tell."""
    return WithJsonSchema({"type": kind, "allowed": allowed})


Port = Annotated[int, Field(ge=0, le=65_535)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Address = Annotated[str, AfterValidator(_address), _words("an IP address of this machine, or localhost")]
OtherAddress = Annotated[str, AfterValidator(_address_or_nothing), _words("an IP address, or nothing")]
Host = Annotated[str, AfterValidator(_host_or_network)]
Hosts = Annotated[list[Host], _words("host names, addresses or networks, with commas between them", "array")]
Networks = Annotated[
    list[Annotated[str, AfterValidator(_network)]], _words("addresses or networks, with commas between them", "array")
]
Folder = Annotated[Path, AfterValidator(_folder), _words("a folder")]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$"), _words("two capital letters (ISO 3166)")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Http(_Section):
    """The REST API and the demos."""

    host: Address = Field("127.0.0.1", description="address that HTTP listens on")
    port: Port = Field(8080, description="port that HTTP listens on; 0: any free one")
    max_body: int = Field(10_000_000, gt=0, description="largest request body, in octets (413 above)")


class Sip(_Section):
    """Signalling."""

    host: Address = Field("127.0.0.1", description="address that SIP listens on, UDP and TCP")
    port: Port = Field(5080, description="port that SIP listens on; 0: any free one")
    external_ip: OtherAddress = Field("", description="address to show to the outside, when it is not host")
    realm: str = Field("ringback", min_length=1, description="realm of digest authentication")
    authenticate: bool = Field(True, description="challenge REGISTER, and INVITE and MESSAGE from a known login")
    min_expires: int = Field(30, gt=0, description="shortest registration accepted, in seconds (423 below)")
    max_expires: int = Field(3600, gt=0, description="longest registration granted, in seconds")
    use_to: bool = Field(True, description="the dialled user is that of To; off: that of the request's own address")
    follow_redirects: bool = Field(False, description="try the contact of a 3xx answer once")
    anonymous_to_clients: bool | None = Field(
        None, description="unauthenticated callers may ring registered clients; unset: only while bound to loopback"
    )
    max_message: int = Field(65_535, gt=1000, description="largest SIP message, in octets (513 above)")

    @model_validator(mode="after")
    def _expiries_in_order(self) -> Self:
        if self.min_expires > self.max_expires:
            raise ValueError(f"sip.min_expires = {self.min_expires} is above sip.max_expires = {self.max_expires}")
        return self


class Media(_Section):
    """Sound."""

    first_port: Port = Field(
        20_000, description="first RTP port, an even one, with RTCP on the one above; 0: any free ones"
    )
    ports: int = Field(64, ge=1, le=10_000, description="how many RTP ports all streams share: first_port, +2, +4 …")
    host: OtherAddress = Field("", description="address that RTP uses; empty: that of SIP")
    external_address: OtherAddress = Field("", description="address to show in SDP, when it is not host")
    workers: int = Field(0, ge=0, le=256, description="media processes; 0: one for each core but one, at least one")

    @model_validator(mode="after")
    def _ports_exist(self) -> Self:
        last = self.first_port + 2 * self.ports - 1
        if self.first_port % 2:
            raise ValueError(
                f"media.first_port = {self.first_port} is odd, and RTP ports are even (RFC 3550 §11): "
                f"{self.first_port - 1} would be right"
            )
        if self.first_port and last > 65_535:
            raise ValueError(
                f"media.first_port = {self.first_port} with media.ports = {self.ports} ends at port {last}: "
                f"there is none above 65535; first_port may be {65_536 - 2 * self.ports} at most"
            )
        return self


class Fetch(_Section):
    """What is asked of customers' servers."""

    timeout: Seconds = Field(15.0, description="seconds for one request with its redirects and its body")
    max_document: int = Field(1_048_576, gt=0, description="largest document, in octets")
    max_sound: int = Field(52_428_800, gt=0, description="largest sound, in octets")
    max_redirects: int = Field(10, ge=0, description="redirects followed for one request")
    private: Hosts = Field(
        default_factory=list,
        description="private hosts or networks that may be asked although something is not bound to loopback",
    )
    cache_bytes: int = Field(1_073_741_824, ge=0, description="most octets of fetched sounds kept on disk")


class Limits(_Section):
    """What others may do at once. A source is an IPv4 address, or a /64 of IPv6."""

    trusted: Networks = Field(
        default_factory=list,
        description="carriers, proxies: no limit for one source holds for them, nor for this machine itself",
    )
    sip_messages: float = Field(
        500.0, ge=0, allow_inf_nan=False, description="SIP messages a second from one source, more are not read; 0: any"
    )
    sip_connections: int = Field(5000, ge=1, description="SIP connections at once")
    sip_connections_of_one: int = Field(100, ge=1, description="SIP connections at once from one source")
    half_open: int = Field(20_000, ge=1, description="INVITEs at once without an answer and its ACK (503 above)")
    half_open_of_one: int = Field(500, ge=1, description="such INVITEs from one source (503 above)")
    http_connections: int = Field(4000, ge=1, description="HTTP connections at once")
    http_connections_of_one: int = Field(200, ge=1, description="HTTP connections at once from one source")
    message_timeout: Seconds = Field(
        30.0, description="seconds for a SIP message or the head of a request, once a connection is there"
    )


class Overloads(_Section):
    """New calls are refused with 503 while the machine cannot keep up."""

    enabled: bool = Field(True, description="refuse new calls while the machine is behind")
    late: Seconds = Field(0.05, description="seconds that most of what is due may be late")
    floor: float = Field(
        10.0, ge=1, allow_inf_nan=False, description="new calls a second that are taken however late things are"
    )


class Calls(_Section):
    """Calls."""

    drain_timeout: Seconds = Field(30.0, description="seconds that live calls may go on after SIGTERM")
    gather_timeout: Seconds = Field(5.0, description="<Gather timeout> when the document does not say")


class Journals(_Section):
    """The record of every message, fetch and verb of every call."""

    max_bytes: int = Field(1_073_741_824, ge=1_000_000, description="most octets of journals kept")
    max_days: float = Field(14.0, gt=0, allow_inf_nan=False, description="days that a journal is kept")


class Outages(_Section):
    """What happens while the database takes nothing."""

    patience: Seconds = Field(
        5.0, description="seconds that the database may be locked or silent before records wait in the spool"
    )
    spool_bytes: int = Field(268_435_456, ge=65_536, description="most octets of records that wait on disk")


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
    limits: Limits = Field(default_factory=lambda: Limits())
    overload: Overloads = Field(default_factory=lambda: Overloads())
    journal: Journals = Field(default_factory=lambda: Journals())
    outage: Outages = Field(default_factory=lambda: Outages())
    log: Logs = Field(default_factory=lambda: Logs())
    data_dir: Folder = Field(Path("data"), description="folder for the database, recordings, caches and journals")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in data_dir")
    country: Country = Field("US", description="country of numbers written without +")
    demo: bool = Field(True, description="create the demo clients and numbers at first start")
    random_tokens: bool = Field(False, description="new accounts get random auth tokens instead of md5(password)")
    strong_passwords: bool = Field(False, description="refuse weak passwords of accounts and clients")

    @property
    def only_loopback(self) -> bool:
        """Whether everything is bound to this machine alone: then the documented administrator works."""
        return all(is_loopback(host) for host in (self.http.host, self.sip.host, self.media.host or self.sip.host))
