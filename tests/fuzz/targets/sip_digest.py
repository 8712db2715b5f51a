"""Digest: no header value gets in without the password, and our own answers are understood."""

from ringback.kernel.clock import ManualClock
from ringback.sip.digest import Accepted, Authenticator, Credentials, answer, choose, parse_digest
from tests.fuzz.target import Target
from tests.fuzz.text import text_of

_DOOR = Authenticator(b"secret", "ringback", ManualClock())
_ALICE = Credentials("alice", "wonderland")


def _take(octets: bytes) -> None:
    text = text_of(octets)
    verdict = _DOOR.check(text, "REGISTER", {"alice": "wonderland"}.get)
    assert not isinstance(verdict, Accepted)
    challenge = choose([text])
    if challenge is None:
        return
    try:
        said = answer(challenge, "REGISTER", "sip:ringback", _ALICE)
    except ValueError:
        return
    fields, offered = parse_digest(said), parse_digest(challenge)
    assert fields["username"] == "alice"
    assert fields["realm"] == offered.get("realm", "")
    assert fields["nonce"] == offered.get("nonce", "")
    assert "wonderland" not in said.replace(challenge, "") or "wonderland" in challenge


TARGET = Target(
    _take,
    lambda: (
        *(challenge.encode() for challenge in _DOOR.challenge()),
        answer(_DOOR.challenge()[0], "REGISTER", "sip:ringback", Credentials("alice", "wrong")).encode(),
        answer(_DOOR.challenge()[1], "REGISTER", "sip:ringback", Credentials("bob", "wrong")).encode(),
        b'Digest username="a", realm="ringback", nonce="x.y.z", uri="sip:x", response="0", qop=auth, nc=00000001',
        b'digest realm="a\\"b",nonce=n,algorithm=MD5-sess,qop="auth,auth-int",opaque="o",stale=TRUE',
    ),
    (b"Digest ", b"realm=", b"nonce=", b'"', b"qop=auth", b"algorithm=MD5-sess", b"SHA-256", b"nc=", b", "),
    600,
)
