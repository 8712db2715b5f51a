"""How strong a password is: the vectors that rest-api.md §2.6 gives."""

import pytest

from ringback.api.password import strength

VECTORS = {
    "1234": 4,
    "asdf123": 37,
    "RestComm": 36,
    "restcomm": 8,
    "NewPassword": 43,
    "test1234": 48,
    "asd123$#@": 68,
    "γιωργος123#!@": 63,
    "RestComm12": 70,
    "Restcomm12": 66,
    "Restcomm2": 54,
    "mynewpassword12": 51,
    "1234asdf!@#": 75,
    "": 0,
}


@pytest.mark.parametrize(("password", "score"), VECTORS.items())
def test_vectors(password: str, score: int) -> None:
    assert strength(password) == score


@pytest.mark.parametrize("password", ["*", "(((((", "[a-z]+\\", "?" * 100, "\x00", "aA1!" * 25])
def test_anything_has_a_score(password: str) -> None:
    """Characters that mean something to a regular expression too."""
    assert 0 <= strength(password) <= 100
