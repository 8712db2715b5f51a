"""A network in memory with two nodes: ``a`` calls, ``b`` is called."""

import pytest

from tests.sip.wire import Node, Wire


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def a(wire: Wire) -> Node:
    return wire.node("10.0.0.1")


@pytest.fixture
def b(wire: Wire) -> Node:
    return wire.node("10.0.0.2")
