"""Passwords: how strong one is, from 0 to 100, and the refusal of a weak one. Facts: rest-api.md §2.6."""

import re
from collections import Counter
from itertools import pairwise
from typing import Final

from ringback.kernel.errors import BadParameter

#: the least score of a strong one
STRONG: Final = 50
_SYMBOLS: Final = frozenset("$%&'()*+,-./:;<=>?{|}~!^_`[]")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_DIGITS: Final = "01234567890"
_KEYBOARD: Final = "\\!@#$%&/()=?¿"


def must_be_strong(password: str) -> None:
    if strength(password) < STRONG:
        raise BadParameter(["Password too weak"], code=20001)


def strength(password: str) -> int:
    """From 0 to 100: length, kinds of characters and where they stand add; runs and repetitions take away."""
    if not password:
        return 0
    score = _gained(password) - _lost(password)
    return max(0, min(100, round(score)))


def _gained(password: str) -> int:
    length = len(password)
    lower, upper, digits, symbols = (sum(map(test, password)) for test in (_is_lower, _is_upper, _is_digit, _is_symbol))
    inner = password[1:-1]
    score = 4 * length + 6 * symbols
    score += 2 * (length - upper) if upper else 0
    score += 2 * (length - lower) if lower else 0
    score += 4 * digits if upper or lower else 0
    score += 2 * sum(_is_digit(character) or _is_symbol(character) for character in inner)
    met = sum(map(bool, (lower, upper, digits, symbols))) + (length >= 8)
    return score + (2 * met if met >= 3 else 0)


def _lost(password: str) -> float:
    length, small = len(password), password.lower()
    lost: float = 0
    for test in (_is_lower, _is_upper, _is_digit):
        lost += 2 * sum(test(one) and test(other) for one, other in pairwise(password))
    for row in (_LETTERS, _DIGITS, _KEYBOARD):
        lost += 3 * sum(_holds(small, row[start : start + 3]) for start in range(len(row) - 2))
    if re.fullmatch("[0-9]+|[A-Za-z]+", password):
        lost += length
    repeated = sum(count for count in Counter(small).values() if count > 1)
    return lost + 10 * repeated / length


def _holds(password: str, triple: str) -> bool:
    return triple in password or triple[::-1] in password


def _is_lower(character: str) -> bool:
    return "a" <= character <= "z"


def _is_upper(character: str) -> bool:
    return "A" <= character <= "Z"


def _is_digit(character: str) -> bool:
    return "0" <= character <= "9"


def _is_symbol(character: str) -> bool:
    return character in _SYMBOLS
