"""Available phone numbers: what may be bought, from the stock of this server. Specification, table 4.4."""

import re
from typing import Any, Final

from ringback.api.asked import Asked
from ringback.api.dialect import Dialect
from ringback.api.filter import by, conditions_of
from ringback.api.form import Form
from ringback.api.kind import TREE, Kind, with_plus
from ringback.api.page import MOST_SIZE, Page, Wanted, wanted_page
from ringback.api.permission import Deed, Who
from ringback.api.place import Place
from ringback.api.property import computed, flag, prop, read_parameters, shown, whole
from ringback.api.resource import Resource
from ringback.api.routes import Route, Shows
from ringback.api.stock import KINDS, free_numbers, load_stock
from ringback.kernel.errors import NotFound
from ringback.store.available_numbers import AvailableNumberRecord

_CAPABLE: Final = ("Voice", "Sms", "Mms", "Fax", "Ussd")
#: letters on a keypad
_KEYS: Final = {
    letter: digit
    for digit, letters in zip("23456789", ["ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ"], strict=True)
    for letter in letters
}


def _capabilities(record: AvailableNumberRecord, dialect: Dialect, _as_json: bool) -> Any:
    return {name: getattr(record, f"{name.lower()}_capable") is True for name in _CAPABLE[:4]}


class AvailablePhoneNumbers(Resource[AvailableNumberRecord]):
    """A search in the stock; a number that somebody has is not shown."""

    def routes(self, dialect: Dialect) -> list[Route]:
        place = f"{self.below}/{self.path}/{{country}}"
        return [
            Route(f"{place}/{kind}", {"GET": self.action(Deed.READ, self._searching(kind), Shows.LIST)})
            for kind in KINDS
        ]

    def _searching(self, kind: str) -> Any:
        async def run(asked: Asked) -> Any:
            return self.show_page(await self._search(kind, asked), asked)

        return run

    async def _search(self, kind: str, asked: Asked) -> Page:
        wanted = _wanted(asked.query)
        given = read_parameters(self.query, asked.query, creating=False)
        conditions = conditions_of(self.filters, asked.query)
        equal = {
            "iso_country": _country(asked.names["country"]),
            "kind": kind,
            **{f"{name.lower()}_capable": True for name in _CAPABLE if given.get(f"{name.lower()}_enabled")},
            **{condition.field: condition.value for condition in conditions},
        }
        found = await free_numbers(
            asked.house.store,
            asked.house.clock,
            equal,
            digits=given.get("contains", ""),
            limit=wanted.size,
            offset=wanted.offset,
        )
        return Page(found.records, found.total, wanted, asked.path, asked.query, None)


def _wanted(query: Form) -> Wanted:
    """RangeSize and RangeIndex are other names of PageSize and Page."""
    names = {"RangeSize": "PageSize", "RangeIndex": "Page"}
    return wanted_page(Form((names.get(name, name), value) for name, value in query.pairs))


def _country(given: str) -> str:
    if re.fullmatch("[A-Za-z]{2}", given) is None:
        raise NotFound(f"{given} is not a country: two letters (ISO 3166).")
    return given.upper()


def _read_digits(given: str) -> str:
    """``*`` is any digit, here ``_``; letters are keys: ``STORM`` is 78676."""
    keys = with_plus(given).upper().removeprefix("+")
    if _LOOKED_FOR.fullmatch(keys) is None:
        raise ValueError(f"'{given}' is not made of digits, letters and *")
    return "".join("_" if key == "*" else _KEYS.get(key, key) for key in keys)


_LOOKED_FOR: Final = re.compile("[0-9A-Z*]{1,15}")
_CONTAINS: Final = Kind({"type": "string"}, _read_digits, empty="", taken=r"\+?[0-9A-Za-z*]{1,15}")

AVAILABLE_PHONE_NUMBERS = AvailablePhoneNumbers(
    path="AvailablePhoneNumbers",
    element="AvailablePhoneNumber",
    prefix="",
    sorts=False,
    record=AvailableNumberRecord,
    rows=lambda store: store.available_numbers,
    of_account=False,
    deeds=frozenset(),
    properties=[
        computed("FriendlyName", lambda record, _dialect, _json: record.friendly_name or record.phone_number),
        shown("PhoneNumber"),
        shown("Lata"),
        shown("RateCenter"),
        shown("Latitude"),
        shown("Longitude"),
        shown("Region"),
        shown("PostalCode"),
        shown("IsoCountry"),
        computed("Capabilities", _capabilities, TREE),
        shown("Cost", left_out_when_empty=True),
    ],
    filters=[
        by("AreaCode"),
        by("InRegion", attribute="region"),
        by("InPostalCode", attribute="postal_code"),
        by("InRateCenter", attribute="rate_center"),
        by("InLata", attribute="lata"),
    ],
    query=[
        prop("Contains", _CONTAINS, code=21401),
        *(flag(f"{name}Enabled") for name in _CAPABLE),
        whole("RangeSize", 1, MOST_SIZE),
        whole("RangeIndex"),
    ],
    twilio_path="AvailablePhoneNumbers",
    description="Phone numbers that may be bought, from the stock of this server.",
)

STOCK = Place(
    path="AvailablePhoneNumbers",
    who=Who.OPERATOR,
    description="The stock of numbers, which the root account may load from CSV.",
)


@STOCK.answers("PUT", deed=Deed.MODIFY, body="text/csv")
async def load(asked: Asked) -> Any:
    """The body is CSV, whose first line names the columns; numbers that are there already are renewed."""
    body = await asked.text(b"text/csv")
    return {"Loaded": await load_stock(body, asked.house.store, asked.house.clock)}
