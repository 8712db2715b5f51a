"""Connections that are kept for the next request, and how many one server may get at once."""

import asyncio

from ringback.kernel.clock import Clock, Timer
from ringback.web.connect import Connector
from ringback.web.connection import Connection
from ringback.web.url import Origin

#: connections to one server; what goes beyond waits, and only for that server
CONNECTIONS_PER_SERVER = 128
#: seconds that a connection is kept without being asked
KEPT_FOR = 15.0


class _Place:
    """One server: the turns, and the connections that wait for the next request, the last used last."""

    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(CONNECTIONS_PER_SERVER)
        self.kept: list[Connection] = []
        self.users = 0  #: requests that have a connection, or wait for one


class Pool:
    """`take` a connection, `leave` it."""

    def __init__(self, connector: Connector, clock: Clock) -> None:
        self._connector = connector
        self._clock = clock
        self._places: dict[Origin, _Place] = {}
        self._sweeps: Timer | None = None
        self._closed = False

    async def take(self, origin: Origin, new: bool = False) -> Connection:
        """A connection to ``origin``, a kept one if there is one and it need not be ``new``. Raises OSError."""
        place = self._places.get(origin)
        if place is None:
            place = self._places[origin] = _Place()
        place.users += 1
        try:
            await place.turns.acquire()
        except BaseException:
            self._go(origin, place)
            raise
        while place.kept and not new:
            connection = place.kept.pop()
            if connection.usable:
                return connection
        try:
            return await self._connector.connect(origin)
        except BaseException:
            place.turns.release()
            self._go(origin, place)
            raise

    def leave(self, connection: Connection) -> None:
        """The request is over, in whatever way."""
        place = self._places[connection.origin]
        if connection.usable and not self._closed:
            connection.rest()
            connection.kept_at = self._clock.now()
            place.kept.append(connection)
            if self._sweeps is None:
                self._sweeps = self._clock.call_later(KEPT_FOR, self._sweep)
        else:
            connection.close()
        place.turns.release()
        self._go(connection.origin, place)

    def _go(self, origin: Origin, place: _Place) -> None:
        place.users -= 1
        if not place.users and not place.kept:
            del self._places[origin]

    def _sweep(self) -> None:
        """Closes what nobody has wanted for long, or the server has closed."""
        self._sweeps = None
        oldest = self._clock.now() - KEPT_FOR
        for origin, place in tuple(self._places.items()):
            kept = [connection for connection in place.kept if connection.usable and connection.kept_at > oldest]
            for connection in place.kept:
                if connection not in kept:
                    connection.close()
            place.kept = kept
            if kept and self._sweeps is None:
                self._sweeps = self._clock.call_later(KEPT_FOR / 2, self._sweep)
            if not place.users and not kept:
                del self._places[origin]

    async def close(self) -> None:
        """Closes what is kept; what is still asked is closed when it is left."""
        self._closed = True
        if self._sweeps is not None:
            self._sweeps.cancel()
        for place in self._places.values():
            for connection in place.kept:
                connection.close()
            place.kept.clear()
        await self._connector.close()
