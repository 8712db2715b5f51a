"""SIDs: two letters and 32 hexadecimal digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.kernel.sid import is_sid, new_sid


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2))
def test_a_new_sid_is_a_sid_of_its_prefix(prefix: str) -> None:
    sid = new_sid(prefix)
    assert len(sid) == 34
    assert is_sid(sid)
    assert is_sid(sid, prefix)


def test_sids_do_not_repeat() -> None:
    assert len({new_sid("CA") for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CA",
        "CAae6e420f425248d6a26948c17a9e2ac",
        "CAae6e420f425248d6a26948c17a9e2acf0",
        "CAae6e420f425248d6a26948c17a9e2acF",
        "caae6e420f425248d6a26948c17a9e2acf",
        "CAae6e420f425248d6a26948c17a9e2acg",
        " CAae6e420f425248d6a26948c17a9e2acf",
        "CAae6e420f425248d6a26948c17a9e2acf\n",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_sid(text)


def test_another_prefix_is_another_kind() -> None:
    assert not is_sid("ACae6e420f425248d6a26948c17a9e2acf", "CA")
