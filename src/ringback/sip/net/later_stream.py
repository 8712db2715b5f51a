"""The flow of a connection that is opened when something is sent: the next address to try, should the first fail."""

from ringback.sip.flow import Flow, peer_text
from ringback.sip.net.stream import StreamConnection, Streams
from ringback.sip.via import Via


class LaterStream:
    """Like its connection once that is there. One that cannot be opened is lost."""

    transport = "TCP"
    reliable = True

    def __init__(self, streams: Streams, host: str, port: int) -> None:
        self._streams = streams
        self._connection: StreamConnection | None = None
        self.host = host
        self.port = port

    @property
    def peer(self) -> str:
        return peer_text("tcp", self.host, self.port)

    @property
    def alive(self) -> bool:
        return self._connection is not None and self._connection.alive

    @property
    def local(self) -> str:
        return self._streams.shown.towards(self.host)

    def send(self, data: bytes) -> bool:
        if self._connection is not None:
            return self._connection.send(data)
        self._streams.reach(self.host, self.port, lambda connection: self._opened(connection, data))
        return True

    def reply_flow(self, via: Via) -> Flow:
        return self

    def _opened(self, connection: StreamConnection | None, data: bytes) -> None:
        if connection is None:
            self._streams.listener.lost(self)
            return
        self._connection = connection
        connection.stands_for.append(self)
        connection.send(data)
