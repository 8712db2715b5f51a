"""Framing: the same messages come out, wherever the stream is cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.sip.framing import Framer
from ringback.sip.message import BadMessage, Request

ONE = b"OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 5\r\n\r\n12\r\n5"
TWO = b"SIP/2.0 200 OK\r\nl : 0\r\n\r\n"
THREE = b"MESSAGE sip:a@b SIP/2.0\r\nContent-Length:\r\n 2\r\nTo: x\r\n\r\n\r\n"
FOUR = b"OPTIONS sip:a@b SIP/2.0\r\nSubject: Content-Length: 9\r\n\r\n"
STREAM = b"\r\n\r\n" + ONE + TWO + b"\r\n" + THREE + b"\r\n\r\n\r\n\r\n" + FOUR


def test_two_messages_in_one_segment() -> None:
    framer = Framer()
    assert framer.feed(STREAM) == [ONE, TWO, THREE, FOUR]
    assert framer.pings == 3


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_in_pieces(size: int) -> None:
    framer = Framer()
    found = [message for at in range(0, len(STREAM), size) for message in framer.feed(STREAM[at : at + size])]
    assert found == [ONE, TWO, THREE, FOUR]
    assert framer.pings == 3


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_cut_anywhere(cuts: list[int]) -> None:
    framer = Framer()
    edges = [0, *sorted(cuts), len(STREAM)]
    found = [message for start, end in itertools.pairwise(edges) for message in framer.feed(STREAM[start:end])]
    assert found == [ONE, TWO, THREE, FOUR]


def broken(framer: Framer, data: bytes) -> BadMessage:
    bad = framer.feed(data)[-1]
    assert isinstance(bad, BadMessage)
    return bad


def test_a_message_too_large_is_refused_by_its_head() -> None:
    bad = broken(Framer(100), b"OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 500\r\n\r\n")
    assert bad.code == 513
    assert isinstance(bad.partial, Request)
    assert bad.partial.call_id == "1"


def test_a_head_without_an_end_is_refused() -> None:
    assert broken(Framer(100), b"x" * 101).code == 513


def test_two_lengths_are_refused() -> None:
    assert broken(Framer(), ONE.replace(b"Call-ID: 1", b"l: 4")).code == 400


def test_what_came_before_is_still_good() -> None:
    found = Framer(100).feed(ONE + b"y" * 200)
    assert found[0] == ONE
    assert isinstance(found[1], BadMessage)
