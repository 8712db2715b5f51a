"""A network in memory with two nodes (``a`` calls, ``b`` is called), and people on real sockets."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sip.people import New, Person
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


@pytest.fixture
async def new() -> AsyncIterator[New]:
    """Makes people; they leave at the end, and none has made a defect."""
    people: list[Person] = []

    async def make(**options: Any) -> Person:
        people.append(await Person.at(**options))
        return people[-1]

    yield make
    for person in people:
        await person.leaves()
    assert [person.endpoint.counters.defects for person in people] == [0] * len(people)
