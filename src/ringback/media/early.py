"""Packets from addresses that no stream expects yet: kept for a moment, because an answer may be on its way behind."""

from __future__ import annotations

from dataclasses import dataclass, field

from ringback.media.system_calls import Early

#: packets kept of one address; one that has sent more without being expected is a stranger
MOST = 40
#: ticks that they are kept
LONGEST = 100
_ADDRESSES = 256


@dataclass(slots=True)
class _Sender:
    last: int  #: tick
    packets: list[Early] = field(default_factory=list)
    is_stranger: bool = False


class EarlyPackets:
    """By the key of their address (`demux.keys_of`)."""

    def __init__(self) -> None:
        self._senders: dict[int, _Sender] = {}

    def keep(self, key: int, packet: Early, tick: int) -> None:
        sender = self._senders.get(key)
        if sender is None or tick - sender.last > LONGEST:
            self._senders.pop(key, None)
            while self._senders and tick - next(iter(self._senders.values())).last > LONGEST:
                del self._senders[next(iter(self._senders))]
            if len(self._senders) >= _ADDRESSES:
                del self._senders[next(iter(self._senders))]
            sender = self._senders[key] = _Sender(tick)
        sender.last = tick
        if len(sender.packets) >= MOST:
            sender.is_stranger = True
            sender.packets.clear()
        elif not sender.is_stranger:
            sender.packets.append(packet)

    def take(self, key: int, tick: int) -> list[Early]:
        """What has come from there lately, in the order of arrival."""
        sender = self._senders.pop(key, None)
        return sender.packets if sender is not None and tick - sender.last <= LONGEST else []
