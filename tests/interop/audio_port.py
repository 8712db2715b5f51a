"""A bare UDP port that takes RTP by hand: no line of it is shared with the engine that it listens to."""

import asyncio
import socket
import struct

import numpy as np

from ringback.testing.recognise import Samples


class AudioPort(asyncio.DatagramProtocol):
    """``packets``: (sequence, timestamp, payload type, payload) as they came."""

    def __init__(self) -> None:
        self.packets: list[tuple[int, int, int, bytes]] = []
        self.peer: tuple[str, int] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self.port = 0

    @classmethod
    async def open(cls) -> "AudioPort":
        loop = asyncio.get_running_loop()
        transport, port = await loop.create_datagram_endpoint(cls, ("127.0.0.1", 0), family=socket.AF_INET)
        port._transport = transport
        port.port = transport.get_extra_info("sockname")[1]
        return port

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) > 12 and data[0] >> 6 == 2 and data[1] & 0x7F < 72:
            sequence, timestamp = struct.unpack("!HI", data[2:8])
            self.packets.append((sequence, timestamp, data[1] & 0x7F, data[12:]))
            self.peer = addr

    def heard(self) -> Samples:
        """The samples in the order of their time stamps, silence where none came; G.711 by its formula (ITU-T)."""
        sounds = [packet for packet in self.packets if packet[2] in (0, 8)]
        first = min(timestamp for _, timestamp, _, _ in sounds)
        length = max(timestamp + len(payload) for _, timestamp, _, payload in sounds) - first
        samples = np.zeros(length, np.int16)
        for _, timestamp, kind, payload in sounds:
            octets = np.frombuffer(payload, np.uint8)
            at = timestamp - first
            samples[at : at + len(octets)] = _mu_law(octets) if kind == 0 else _a_law(octets)
        return samples


def _mu_law(octets: "np.ndarray[tuple[int], np.dtype[np.uint8]]") -> Samples:
    value = ~octets & 0xFF
    magnitude = (((value & 0x0F).astype(np.int32) << 3) + 0x84 << ((value & 0x70) >> 4).astype(np.int32)) - 0x84
    return np.where(value & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_law(octets: "np.ndarray[tuple[int], np.dtype[np.uint8]]") -> Samples:
    value = octets ^ 0x55
    exponent = ((value & 0x70) >> 4).astype(np.int32)
    mantissa = ((value & 0x0F).astype(np.int32) << 4) + 8
    magnitude = np.where(exponent == 0, mantissa, (mantissa + 0x100) << np.maximum(exponent - 1, 0))
    return np.where(value & 0x80, magnitude, -magnitude).astype(np.int16)
