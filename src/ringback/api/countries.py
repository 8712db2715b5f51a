"""Names of countries by their two letters (ISO 3166), as the public-domain table of the tz database has them."""

from functools import cache
from importlib.resources import files


def country_name(code: str) -> str:
    """``United States`` of ``US``; what nobody has is its own name."""
    return _names().get(code, code)


@cache
def _names() -> dict[str, str]:
    lines = files("ringback.api").joinpath("countries.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines if line)
