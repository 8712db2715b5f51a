"""Phone numbers: E.164, the way people write them, and the spellings under which a dialled number may be stored."""

import re
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat

#: digits that were kept as they are
_KEPT: Final = re.compile(r"\+[0-9]{1,15}")


def e164(text: str, country: str) -> str | None:
    """``text`` as E.164 (``+14155551234``), as dialled in ``country`` (ISO 3166); None: not a number.

    What is too short to be a real number is kept as digits with a ``+``: ``1234`` is ``+1234``. What this gives, it
    gives again when it is given that.
    """
    return _e164_again(text, country) if len(text) <= _MOST_REMEMBERED else _e164(text, country)


def _e164(text: str, country: str) -> str | None:
    parsed = _parsed(text, country)
    if parsed is None:
        return text if _KEPT.fullmatch(text) else None
    kept = "+" + phonenumbers.normalize_digits_only(text)
    return _whole(parsed) or _whole(_parsed(kept, country)) or kept  # with the + it may be one of another country


def _whole(number: phonenumbers.PhoneNumber | None) -> str | None:
    """A number that may be a real one, as E.164."""
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


#: longer texts are not remembered, so that nobody can fill the memory with them
_MOST_REMEMBERED = 40
_e164_again = lru_cache(maxsize=4096)(_e164)


def friendly(text: str, country: str) -> str:
    """``text`` as people in its own country write it: ``(415) 555-1234``; as it is when it is no number."""
    parsed = _parsed(e164(text, country) or "", country)
    return phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL) if parsed else text


def _parsed(text: str, country: str) -> phonenumbers.PhoneNumber | None:
    if not any(character.isdigit() for character in text) or any(character.isalpha() for character in text):
        return None
    try:
        return phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None


def spellings(dialled: str, country: str) -> list[str]:
    """Under which names a number that was dialled may be stored, the likeliest first: as dialled, E.164, with and
    without ``+`` (`specification of the routing`, number lookup)."""
    candidates = [dialled]
    if not set("*#") & set(dialled) and (international := e164(dialled, country)):
        candidates.append(international)
    candidates.append(dialled[1:] if dialled.startswith("+") else "+" + dialled)
    return [name for name in dict.fromkeys(candidates) if name]
