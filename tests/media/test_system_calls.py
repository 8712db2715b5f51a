"""Many packets with one system call, and one by one where the system cannot."""

from __future__ import annotations

import numpy as np
import pytest

from ringback.media.rtp import PACKET
from ringback.media.system_calls import AVAILABLE, ROOM, Intake, Outlet, host_and_port
from tests.media.hand import udp

BOTH = pytest.mark.parametrize("many_at_once", [True, False])


@BOTH
def test_what_arrives_is_laid_out_with_its_source(many_at_once: bool) -> None:
    intake = Intake(16, many_at_once)
    with udp() as one, udp() as other, udp() as peer:
        for index in range(3):
            peer.sendto(bytes([index]) * (100 + index), one.getsockname())
        peer.sendto(b"last", other.getsockname())
        assert intake.receive({5: one, 9: peer, 6: other}) == 4
        assert intake.sockets[:4].tolist() == [5, 5, 5, 6]
        assert intake.lengths[:4].tolist() == [100, 101, 102, 4]
        assert intake.packets[1, :101].tobytes() == b"\x01" * 101
        assert {host_and_port(name.tobytes()) for name in intake.names[:4]} == {peer.getsockname()}
        assert np.ptp(intake.arrivals[:4]) < 8000
        peer.sendto(b"again", one.getsockname())
        assert intake.receive({5: one, 6: other}) == 1
        assert intake.packets[0, :5].tobytes() == b"again"


@BOTH
def test_more_than_there_is_room_for_waits_in_the_kernel(many_at_once: bool) -> None:
    intake = Intake(4, many_at_once)
    with udp() as one, udp() as peer:
        for index in range(6):
            peer.sendto(bytes([index]), one.getsockname())
        assert intake.receive({0: one, 1: peer}) == 4
        assert intake.receive({0: one}) == 2
        assert intake.packets[:2, 0].tolist() == [4, 5]


def test_a_packet_longer_than_any_of_ours_counts_as_empty() -> None:
    intake = Intake(4)
    with udp() as one, udp() as peer:
        peer.sendto(bytes(ROOM + 1), one.getsockname())
        peer.sendto(bytes(ROOM), one.getsockname())
        intake.receive({0: one})
    assert intake.lengths[:2].tolist() == [0, ROOM]


@BOTH
def test_each_row_goes_to_its_own_address(many_at_once: bool) -> None:
    packets = np.zeros(4, dtype=PACKET)
    packets["payload"] = np.arange(4, dtype=np.uint8)[:, None]
    outlet = Outlet(packets, many_at_once)
    with udp() as ours, udp() as one, udp() as other:
        outlet.address(1, *one.getsockname())
        outlet.address(3, *other.getsockname())
        outlet.send(np.array([1, 3]), np.array([172, 20]), [(ours, 0, 2)])
        assert one.recv(2000)[12:] == b"\x01" * 160
        assert other.recv(2000)[12:] == b"\x03" * 8
    assert outlet.failed == 0


@BOTH
def test_one_address_that_cannot_be_reached_does_not_hold_up_the_others(many_at_once: bool) -> None:
    packets = np.zeros(3, dtype=PACKET)
    outlet = Outlet(packets, many_at_once)
    with udp() as ours, udp() as peer:
        outlet.address(0, "127.0.0.1", 0)
        outlet.address(1, *peer.getsockname())
        outlet.address(2, "255.255.255.255", 9)
        outlet.send(np.arange(3), np.full(3, 172), [(ours, 0, 3)])
        assert len(peer.recv(2000)) == 172
    assert outlet.failed == 2


def test_this_system_has_both_calls() -> None:
    assert AVAILABLE
