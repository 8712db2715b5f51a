"""The media engine: opens streams, and keeps the worker processes that carry them."""

from __future__ import annotations

from ringback.media.stream import Capture, Key, Playback, Stream, StreamReport

__all__ = ["Capture", "Engine", "Key", "Playback", "Stream", "StreamReport"]


class Engine:
    """Streams over a few shared UDP ports, carried by worker processes."""

    @classmethod
    async def start(
        cls, *, host: str, first_port: int, ports: int, external_address: str = "", workers: int = 0
    ) -> Engine:
        """Binds ``ports`` RTP ports (``first_port``, +2, +4, …; RTCP on the port above each) and starts the workers.

        ``first_port`` 0: any free ones. ``workers`` 0: one for each core but one. Raises `SettingError`.
        """
        raise NotImplementedError

    @property
    def streams(self) -> int:
        """How many streams are open."""
        raise NotImplementedError

    @property
    def description(self) -> str:
        """One line for the banner: which ports, how many workers."""
        raise NotImplementedError

    async def open(self, offer: bytes | None = None) -> Stream:
        """A new stream; ``offer``: the peer's SDP when there is one. Raises `Refusal` (sip_status 400, 488, 503)."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Ends all streams and workers."""
        raise NotImplementedError
