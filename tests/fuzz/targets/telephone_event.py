"""Keys: however packets come, only real keys are told; doubled packets change nothing; nothing grows."""

from ringback.media.telephone_event import DIGITS, MOST_KNOWN, EventPacket, EventReceiver, packets_of
from tests.fuzz.octets import Octets
from tests.fuzz.target import Target

Packets = list[tuple[int, bytes]]


def _take(octets: bytes) -> None:
    given = Octets(octets)
    packets: Packets = []
    while given:
        packets.append((given.number(4), given.some(4)))
    once = _told(packets)
    assert _told([packet for packet in packets for _ in range(2)]) == once
    presses = {stamp for stamp, _ in packets}
    assert len(once) <= len(presses) or len(presses) > MOST_KNOWN
    for _, payload in packets:
        packet = EventPacket.parse(payload)
        assert packet is None or EventPacket.parse(bytes(packet)) == packet


def _told(packets: Packets) -> list[str]:
    receiver = EventReceiver()
    told: list[str] = []
    for stamp, payload in packets:
        pressed = receiver.take(stamp, payload)
        assert len(receiver.known) <= MOST_KNOWN
        if pressed is not None:
            digit, ms = pressed
            assert digit in DIGITS
            assert 0 <= ms < 8192
            told.append(digit)
    return told


def _presses(digits: str, ms: int) -> bytes:
    found, begin = b"", 0xFFFFF000
    for digit in digits:
        for piece in packets_of(digit, ms):
            found += ((begin + piece.offset) & 0xFFFFFFFF).to_bytes(4, "big") + piece.payload
        begin += 16000
    return found


TARGET = Target(
    _take, lambda: (_presses("12#", 60), _presses("DD", 100), _presses("0", 9000)[-320:]), (b"\x8a", b"\xff\xff"), 400
)
