"""Available countries: of which countries there are phone numbers to be had, and of which kinds."""

from typing import Any

import msgspec

from ringback.api.asked import Asked
from ringback.api.countries import country_name
from ringback.api.dialect import API_VERSION, TWILIO, Dialect
from ringback.api.kind import TREE
from ringback.api.kind import flag as flag_kind
from ringback.api.page import Page, wanted_page
from ringback.api.property import CONTEXT, computed, shown
from ringback.api.resource import Resource
from ringback.api.stock import kinds_of_stock
from ringback.kernel.errors import NotFound
from ringback.store.rows import Rows
from ringback.store.store import Store
from ringback.store.where import Where


class AvailableCountry(msgspec.Struct, kw_only=True):
    """``kinds``: Local, TollFree, Mobile, those that are in stock."""

    account_sid: str
    country_code: str
    country: str
    beta: bool = False
    kinds: tuple[str, ...]


def _place(record: AvailableCountry, dialect: Dialect) -> str:
    prefix = dialect.prefixes[0] if dialect is TWILIO else f"{CONTEXT}/{API_VERSION}"
    return f"{prefix}/Accounts/{record.account_sid}/AvailablePhoneNumbers/{record.country_code}"


def _uri(record: AvailableCountry, dialect: Dialect, as_json: bool) -> str:
    return _place(record, dialect) + (".json" if as_json else "")


def _subresources(record: AvailableCountry, dialect: Dialect, as_json: bool) -> Any:
    ending = ".json" if as_json else ""
    return {kind: f"{_place(record, dialect)}/{kind}{ending}" for kind in record.kinds}


class AvailableCountries(Resource[AvailableCountry]):
    """Worked out of the stock; a country is named by its two letters."""

    async def page(self, asked: Asked, *_more: Where) -> Page:
        wanted = wanted_page(asked.query)
        countries = await _countries(asked)
        items = countries[wanted.offset : wanted.offset + wanted.size]
        return Page(items, len(countries), wanted, asked.path, asked.query, None)

    async def found(self, asked: Asked) -> AvailableCountry:
        code = asked.names["country"]
        for country in await _countries(asked):
            if country.country_code == code.upper():
                return country
        raise NotFound(f"There are no phone numbers of country {code} to be had.")


async def _countries(asked: Asked) -> list[AvailableCountry]:
    kinds = await kinds_of_stock(asked.house.store, asked.house.clock)
    return [
        AvailableCountry(account_sid=asked.account.sid, country_code=code, country=country_name(code), kinds=those)
        for code, those in kinds.items()
    ]


def _no_rows(_store: Store) -> Rows[AvailableCountry]:
    raise AssertionError("countries are worked out, not kept in rows")


AVAILABLE_COUNTRIES = AvailableCountries(
    path="AvailablePhoneNumbers",
    element="AvailableCountry",
    elements="AvailableCountries",
    key="countries",
    prefix="",
    sorts=False,
    record=AvailableCountry,
    rows=_no_rows,
    item="{country}",
    deeds=frozenset({"list", "read"}),
    of_account=False,
    properties=[
        shown("CountryCode"),
        shown("Country"),
        shown("Beta", flag_kind()),
        computed("Uri", _uri),
        computed("SubresourceUris", _subresources, TREE),
    ],
    twilio_path="AvailablePhoneNumbers",
    twilio_key="countries",
    description="Countries of which phone numbers may be bought, and the kinds of them.",
)
