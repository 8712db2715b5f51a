"""What programs of others are tried against: a whole server, one a test process."""

from collections.abc import Iterator

import pytest

from tests.interop.served import Served, serving


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that runs beside the tests."""
    with serving(tmp_path_factory.mktemp("served")) as server:
        yield server
