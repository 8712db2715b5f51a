"""What the tests of sound share."""

from collections.abc import Iterator

import pytest

from tests.media.hand import Hand


@pytest.fixture
def hand() -> Iterator[Hand]:
    made = Hand()
    yield made
    made.close()
