"""Inputs that have shown faults, by target: each is mended, and tried again in every suite."""

import gzip

from tests.sip.test_refusals import message

_CALL = b'{"call":"CA' + b"b2" * 16

FOUND: dict[tuple[str, str], bytes] = {
    ("content", "padding between two members"): b"\0\3" + gzip.compress(b"a") + bytes(40) + gzip.compress(b"b"),
    (
        "freshness",
        "a date of more days than a number holds",
    ): b"Date: Thu, 0111111111111111111111 Jan 2026 00:00:00 GMT",
    ("journal", "a call's name is no UTF-8"): b'{"call":"CAa1\xc6"}\n',
    ("journal", "a text is no UTF-8"): _CALL + b'","at":1.5,"kind":"note","text":"\xc3"}\n',
    ("sip_address", "a bracket in a parameter's name"): b"\n;ta\1\0>=",
    ("sip_address", "a bracket in a parameter's name that has no value"): b"<sip:a@b>;x>y",
    ("sip_body", "seventeen parts"): b"\x14multipart/x;boundary=" + b"b" + b"--b\r\n\r\n" * 20,
    ("sip_framing", "a head that is too long, and has a bad length"): b"\xff\1\2\3"
    + message(Subject="x" * 1000).replace(b"Content-Length: 0", b"l: x"),
    ("sip_digest", "a quality of protection that smuggles fields"): b'Digest realm=a, qop="x realm=b, y=\\"z"',
    (
        "sip_message",
        "a bare line end, and a blank behind a folded one",
    ): b"BYE sip:a@b SIP/2.0\r\nTo: x\n\r\n y\r\n\r\n",
    ("sound", "a coding that cannot be measured before it is read"): b"RIFF\xb4\1\0\0WAVEfmt \x10\0\0\0@\0\1\0"
    b"(\x1f\0\0\x80>\0\0\2\0\x10\0data\x90\1\x90\xff\xff\0\xfd\xff",
    ("url", "userinfo that ends a bracket"): b"https://[::%2ef@f]/",
    ("url", "userinfo with the address that the host only begins"): b"http://u:[::1]@[:x/",
}
