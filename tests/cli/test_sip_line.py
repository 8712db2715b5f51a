"""What a SIP message is called on its arrow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.cli.sip_line import sip_line


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("INVITE sip:alice@127.0.0.1 SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\nv=0\r\no=-\r\n", "INVITE +sdp"),
        ("BYE sip:alice@127.0.0.1 SIP/2.0\r\nCSeq: 2 BYE\r\n\r\n", "BYE"),
        ("SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\nv=0\r\n", "200 OK +sdp"),
        ("SIP/2.0 200 OK\r\ncseq : 2 BYE\r\n\r\n", "200 OK for BYE"),
        ("SIP/2.0 183 Session Progress\r\nCSeq: 1 INVITE\r\n\r\n", "183 Session Progress"),
        ("SIP/2.0 200\r\n\r\n", "200"),
        ("SIP/2.0 200 OK\r\nCSeq:\r\n\r\n", "200 OK"),
        ("", "(empty)"),
        ("\r\n\r\n", "(empty)"),
        ("nonsense", "nonsense"),
        ("INV\x1b[2JITE sip:x SIP/2.0\r\n\r\n", "INV�[2JITE"),
    ],
)
def test_few_words(message: str, line: str) -> None:
    assert sip_line(message) == line


@given(st.text())
def test_whatever_came_has_a_name_that_is_safe_to_show(message: str) -> None:
    line = sip_line(message)
    assert line
    assert line.isprintable()
