"""Carriers: the ways out of the house that a message can take. One file in `carriers` is one way."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

from ringback.kernel.clock import Clock
from ringback.kernel.errors import Refusal
from ringback.kernel.registry import classes_in
from ringback.kernel.settings import Settings
from ringback.store.messages import MessageRecord
from ringback.store.store import Store

_CARRIERS = "ringback.messaging.carriers"


class NotCarried(Refusal):
    """A carrier did not take a message; ``code`` is one of 30001 to 30010 of the dictionary of errors."""

    status = 502


@dataclass(frozen=True, slots=True)
class Partners:
    """What a carrier may need."""

    settings: Settings
    store: Store
    clock: Clock


class Carrier(ABC):
    """``name`` stands in the record of each message that it carried."""

    name: ClassVar[str]

    @classmethod
    @abstractmethod
    def set_up(cls, partners: Partners) -> Self | None:
        """None: the settings do not ask for it."""

    @abstractmethod
    async def serves(self, message: MessageRecord) -> bool:
        """Whether it knows a way to the message's To."""

    @abstractmethod
    async def carry(self, message: MessageRecord) -> str | None:
        """Hands the message on; what the carrier calls it, for receipts. Raises `NotCarried`."""


def carriers(partners: Partners) -> Iterator[Carrier]:
    """Those that are set up, in the order of their files' names: the first that serves a message carries it."""
    for kind in classes_in(_CARRIERS, Carrier):  # type: ignore[type-abstract]
        carrier = kind.set_up(partners)
        if carrier is not None:
            yield carrier
