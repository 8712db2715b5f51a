"""The stock of phone numbers that may be bought: some come with Ringback, an operator loads others from CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

import phonenumbers
from sqlalchemy import select

from ringback.kernel.clock import Clock
from ringback.kernel.errors import BadParameter
from ringback.kernel.sid import new_sid
from ringback.store.available_numbers import AVAILABLE_NUMBERS, AvailableNumberRecord
from ringback.store.page import Page
from ringback.store.prepared import Prepared
from ringback.store.store import Store

#: the column that each line must have, and those that it may have
NUMBER: Final = "PhoneNumber"
TEXTS: Final = {
    "FriendlyName": "friendly_name",
    "Lata": "lata",
    "RateCenter": "rate_center",
    "Latitude": "latitude",
    "Longitude": "longitude",
    "Region": "region",
    "PostalCode": "postal_code",
    "Cost": "cost",
    "AreaCode": "area_code",
}
FLAGS: Final = {f"{name}Capable": f"{name.lower()}_capable" for name in ("Voice", "Sms", "Mms", "Fax", "Ussd")}
KINDS: Final = ("Local", "TollFree", "Mobile")
_MOST_FAULTS = 20
_table = AVAILABLE_NUMBERS.table
_COUNTRIES = Prepared(
    select(_table.c.iso_country, _table.c.kind).distinct().order_by(_table.c.iso_country, _table.c.kind)
)
_FACT = "stock loaded"


async def embedded_stock(store: Store, clock: Clock) -> None:
    """What comes with Ringback is loaded once, when it is first asked for."""
    if await store.facts.get(_FACT) is None:
        await store.facts.set(_FACT, "embedded")
        await load_stock(files("ringback.demos").joinpath("numbers.csv").read_text(), store, clock)


async def free_numbers(
    store: Store, clock: Clock, equal: Mapping[str, Any], *, digits: str = "", limit: int, offset: int = 0
) -> Page[AvailableNumberRecord]:
    """What is in the stock and nobody has, the first loaded first (`AvailableNumbers.free`)."""
    await embedded_stock(store, clock)
    return await store.available_numbers.free(equal, digits=digits, limit=limit, offset=offset)


async def countries_of_stock(store: Store, clock: Clock) -> list[str]:
    """Two-letter codes."""
    return list(await kinds_of_stock(store, clock))


async def kinds_of_stock(store: Store, clock: Clock) -> dict[str, tuple[str, ...]]:
    """By two-letter code, which of `KINDS` there are."""
    await embedded_stock(store, clock)
    rows = await store.database.read(_COUNTRIES)
    there = {(str(code), str(kind)) for code, kind in rows}
    return {
        code: tuple(kind for kind in KINDS if (code, kind) in there) for code in sorted({code for code, _ in there})
    }


async def load_stock(text: str, store: Store, clock: Clock) -> int:
    """How many numbers are in ``text``, which is CSV with names of columns. Raises `BadParameter` with every fault."""
    lines = csv.DictReader(io.StringIO(text))
    known = {NUMBER, "Kind", "IsoCountry", *TEXTS, *FLAGS}
    if NUMBER not in (lines.fieldnames or ()) or (unknown := set(lines.fieldnames or ()) - known):
        named = ", ".join(sorted(unknown)) if NUMBER in (lines.fieldnames or ()) else f"no {NUMBER}"
        raise BadParameter([f"The first line names the columns: {', '.join(sorted(known))}; here is {named}."])
    records: dict[str, AvailableNumberRecord] = {}
    faults = []
    for line in lines:
        try:
            record = _record(line, clock)
            if record.phone_number in records:
                raise ValueError(f"{record.phone_number} is in an earlier line already")
            records[record.phone_number] = record
        except ValueError as error:
            faults.append(f"Line {lines.line_num}: {error}.")
    if faults:
        raise BadParameter(faults[:_MOST_FAULTS])
    await _renew(list(records.values()), store)
    await store.facts.set(_FACT, "loaded")
    return len(records)


async def _renew(records: Sequence[AvailableNumberRecord], store: Store) -> None:
    """All of them, or none."""
    rows = store.available_numbers
    old = [await rows.first(phone_number=record.phone_number) for record in records]
    changes = [rows.deleting(one.sid) for one in old if one is not None]
    if records:
        await store.database.write(*changes, *(rows.inserting(record) for record in records))


def _record(line: dict[str, str], clock: Clock) -> AvailableNumberRecord:
    try:
        number = phonenumbers.parse((line.get(NUMBER) or "").strip(), None)
    except phonenumbers.NumberParseException:
        raise ValueError(f"'{line.get(NUMBER)}' is not a number of E.164, with its +") from None
    kind = (line.get("Kind") or "Local").strip()
    if kind not in KINDS:
        raise ValueError(f"Kind '{kind}' is not one of {', '.join(KINDS)}")
    national = phonenumbers.national_significant_number(number)
    country = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )
    texts = {name: (line.get(column) or "").strip() or None for column, name in TEXTS.items()}
    texts["area_code"] = texts["area_code"] or (national[:3] if number.country_code == 1 else None)
    texts["friendly_name"] = texts["friendly_name"] or phonenumbers.format_number(
        number, phonenumbers.PhoneNumberFormat.NATIONAL
    )
    now = clock.utc()
    return AvailableNumberRecord(
        sid=new_sid("AN"),
        date_created=now,
        date_updated=now,
        phone_number=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        national=national,
        kind=kind,
        iso_country=(line.get("IsoCountry") or "").strip().upper() or country,
        **texts,  # type: ignore[arg-type]
        **{name: _flag(line.get(column)) for column, name in FLAGS.items()},  # type: ignore[arg-type]
    )


def _flag(text: str | None) -> bool | None:
    given = (text or "").strip().lower()
    if given not in ("", "true", "false"):
        raise ValueError(f"'{given}' is neither true nor false")
    return given == "true" if given else None
