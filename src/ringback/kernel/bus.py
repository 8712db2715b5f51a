"""The bus: past-tense events for those who only want to know. Nothing that must happen hangs on one."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

import structlog

Event = TypeVar("Event")
_log = structlog.get_logger("ringback.bus")


class Bus:
    """Hands each published event to the handlers of its very type, at once and in the order of subscription."""

    def __init__(self) -> None:
        self._handlers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)

    def subscribe(self, kind: type[Event], handler: Callable[[Event], None]) -> Callable[[], None]:
        """``handler`` is called with every later event of ``kind``; what is returned ends that."""
        self._handlers[kind].append(handler)
        return lambda: self._handlers[kind].remove(handler) if handler in self._handlers[kind] else None

    def publish(self, event: object) -> None:
        """A handler that raises is logged; the others still hear."""
        for handler in tuple(self._handlers[type(event)]):
            try:
                handler(event)
            except Exception:
                _log.exception("an event's handler failed", event_type=type(event).__name__)
