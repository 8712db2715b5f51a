"""Properties: what a resource consists of; one is an element in XML, a key in JSON, and perhaps a parameter.

A resource's page names its properties with the functions below. `Property` itself says what can be said of one.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ringback.api import kind as kinds
from ringback.api.dialect import API_VERSION, TWILIO, Dialect
from ringback.api.form import Form
from ringback.api.kind import Kind
from ringback.api.names import attribute_of, snake
from ringback.kernel.errors import BadParameter
from ringback.store.rows import Rows
from ringback.store.store import Store

#: a property that is worked out from its record: (record, dialect, whether for JSON) → value
Compute = Callable[[Any, Dialect, bool], Any]
#: a default that is worked out from the other values
Default = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Property:
    """``name``: the element and the parameter; ``attribute``: in the record; ``key``: in JSON.

    ``writable``: it is a parameter; ``required`` when creating; ``fixed``: only when creating. ``shown`` False: only
    a parameter. ``left_out_when_empty``: XML prints no empty element. ``code``: of the refusal of a bad value.
    ``also``: other names of the parameter. ``text_in_twilio``: Twilio's dialect shows the number as text.
    ``refers``: it is the SID of one of these, of the same account.
    """

    name: str
    attribute: str
    key: str
    kind: Kind
    writable: bool = True
    required: bool = False
    fixed: bool = False
    default: Any = None
    shown: bool = True
    left_out_when_empty: bool = False
    compute: Compute | None = None
    code: int = 0
    also: tuple[str, ...] = ()
    text_in_twilio: bool = False
    refers: Callable[[Store], Rows[Any]] | None = None
    description: str = ""

    def default_from(self, values: Mapping[str, Any]) -> Any:
        return self.default(values) if callable(self.default) else self.default


def prop(name: str, kind: Kind, **more: Any) -> Property:
    """A property with the usual attribute and key."""
    return Property(name, more.pop("attribute", attribute_of(name)), more.pop("key", snake(name)), kind, **more)


def same_as(name: str) -> Default:
    """The default is the value of another property."""
    attribute = attribute_of(name)
    return lambda values: values.get(attribute)


def text(
    name: str, most: int | None = None, pattern: re.Pattern[str] | None = None, meaning: str = "", **more: Any
) -> Property:
    return prop(name, kinds.text(most, pattern, meaning), **more)


def choice(name: str, values: Sequence[str], default: str | None = None, **more: Any) -> Property:
    return prop(name, kinds.choice(values, default), default=default, **more)


def flag(name: str, default: bool | None = None, **more: Any) -> Property:
    return prop(name, kinds.flag(default), default=default, **more)


def whole(name: str, least: int = 0, most: int = 2**31 - 1, **more: Any) -> Property:
    return prop(name, kinds.whole(least, most), **more)


def reference(name: str, prefix: str, **more: Any) -> Property:
    return prop(name, kinds.reference(prefix), **more)


def application(name: str) -> Property:
    """The SID of an application of the same account."""
    return reference(name, "AP", code=21218, refers=lambda store: store.applications)


def url(name: str, **more: Any) -> Property:
    return prop(name, kinds.URL, **more)


def full_url(name: str, **more: Any) -> Property:
    return prop(name, kinds.FULL_URL, **more)


def method(name: str, **more: Any) -> Property:
    return prop(name, kinds.method(), default="POST", **more)


def url_and_method(name: str) -> tuple[Property, Property]:
    """``VoiceUrl`` and ``VoiceMethod``; for StatusCallback the names are its own."""
    first = name if name.endswith("Callback") else f"{name}Url"
    return url(first), method(f"{name}Method")


def number(name: str, **more: Any) -> Property:
    return prop(name, kinds.number(), **more)


def parameter(item: Property, **more: Any) -> Property:
    """``item`` as a parameter that is not shown."""
    return replace(item, shown=False, **more)


def shown(name: str, kind: Kind = kinds.PLAIN, **more: Any) -> Property:
    """A property that is only shown."""
    return prop(name, kind, writable=False, **more)


def computed(name: str, compute: Compute, kind: Kind = kinds.PLAIN, **more: Any) -> Property:
    return prop(name, kind, writable=False, compute=compute, **more)


CONTEXT: Final = "/restcomm"
SID: Final = shown("Sid")
DATE_CREATED: Final = shown("DateCreated", kinds.MOMENT)
DATE_UPDATED: Final = shown("DateUpdated", kinds.MOMENT)
ACCOUNT_SID: Final = shown("AccountSid")


def _api_version(record: Any, dialect: Dialect, _as_json: bool) -> str:
    """What a record was made with; Twilio's dialect knows but its own."""
    return dialect.api_version if dialect is TWILIO else record.api_version


API_VERSION_SHOWN: Final = computed("ApiVersion", _api_version)
API_VERSION_GIVEN: Final = choice(
    "ApiVersion", (API_VERSION, TWILIO.api_version), default=API_VERSION, compute=_api_version
)
#: of what has none elsewhere
API_VERSION_OF_TWILIO: Final = computed("ApiVersion", lambda _record, dialect, _as_json: dialect.api_version)


def path_of(record: Any, path: str, dialect: Dialect, context: str = CONTEXT) -> str:
    """Where ``record`` is found, as the specification prints it: with the context path, or without for some."""
    prefix = dialect.prefixes[0] if dialect is TWILIO else f"{context}/{API_VERSION}"
    return f"{prefix}/Accounts/{record.account_sid}/{path}/{record.sid}"


def uri(path: str, context: str = CONTEXT, twilio_path: str | None = None) -> Property:
    """The Uri of a record below its account; in JSON it ends with ``.json``."""

    def compute(record: Any, dialect: Dialect, as_json: bool) -> str:
        place = (twilio_path or path) if dialect is TWILIO else path
        return path_of(record, place, dialect, context) + (".json" if as_json else "")

    return computed("Uri", compute)


def read_parameters(parameters: Iterable[Property], form: Form, *, creating: bool) -> dict[str, Any]:
    """The values in ``form`` by attribute; when creating, defaults for what is missing.

    Raises `BadParameter` with every fault. Parameters that nobody knows are passed over.
    """
    values: dict[str, Any] = {}
    missing: list[Property] = []
    faults: list[tuple[str, int]] = []
    for item in parameters:
        given = next((form[name] for name in (item.name, *item.also) if name in form), None)
        if given is None:
            missing.append(item)
        elif given == "" and item.required:
            faults.append((f"{item.name} can not be null.", item.code))
        elif given == "":
            values[item.attribute] = item.kind.empty
        else:
            try:
                values[item.attribute] = item.kind.read(given)
            except ValueError as error:
                faults.append((f"{item.name} {error}.", item.code))
    if creating:
        faults += [(f"{item.name} can not be null.", item.code) for item in missing if item.required]
    if faults:
        raise BadParameter([fault for fault, _ in faults], code=next((code for _, code in faults if code), 20001))
    if creating:
        for item in missing:
            values[item.attribute] = item.default_from(values)
        for item in parameters:
            if values[item.attribute] is None or values[item.attribute] == "":
                values[item.attribute] = item.default_from(values)
    return values


async def check_references(
    parameters: Iterable[Property], values: Mapping[str, Any], account_sid: str, store: Store
) -> None:
    """Raises `BadParameter` when something that is referred to is not there, or is another account's."""
    faults = []
    for item in parameters:
        sid = values.get(item.attribute)
        if item.refers is None or not sid:
            continue
        referred = await item.refers(store).get(sid)
        if referred is None or referred.account_sid != account_sid:
            faults.append((f"{item.name} {sid} is not there, or another account's.", item.code))
    if faults:
        raise BadParameter([fault for fault, _ in faults], code=faults[0][1])
