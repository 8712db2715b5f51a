"""Digest: the RFCs' own vectors, both sides against each other, replay, age, and what is no proof."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.kernel.clock import ManualClock
from ringback.sip.digest import (
    Accepted,
    Authenticator,
    Credentials,
    Stale,
    Wrong,
    answer,
    choose,
    digest_response,
    parse_digest,
)
from ringback.sip.syntax import quote

ALICE = Credentials("alice", "1234")
PASSWORDS = {"alice": "1234", "bob": ""}


def test_the_vector_of_rfc_2617() -> None:
    challenge = (
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    credentials = Credentials("Mufasa", "Circle Of Life")
    fields = parse_digest(answer(challenge, "GET", "/dir/index.html", credentials, cnonce="0a4f113b"))
    assert fields["response"] == "6629fae49393a05397450978507c4ef1"
    assert fields["opaque"] == "5ccc069c403ebaf9f0171e9517f40e41"
    assert fields["nc"] == "00000001"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_vectors_of_rfc_7616(algorithm: str, response: str) -> None:
    challenge = (
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    proof = answer(
        challenge,
        "GET",
        "/dir/index.html",
        Credentials("Mufasa", "Circle of Life"),
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert parse_digest(proof)["response"] == response


def test_without_qop_as_in_rfc_2069() -> None:
    fields = {"username": "Mufasa", "realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093",
              "uri": "/dir/index.html"}  # fmt: skip
    assert digest_response(fields, "GET", "CircleOfLife") == "1949323746fe6a43ef61f9606e7febea"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def server(clock: ManualClock) -> Authenticator:
    return Authenticator(b"secret", "ringback", clock)


def proof(server: Authenticator, which: int = 0, credentials: Credentials = ALICE, count: int = 1) -> str:
    return answer(server.challenge()[which], "REGISTER", "sip:x", credentials, count=count)


@pytest.mark.parametrize("which", [0, 1])
def test_a_right_proof(server: Authenticator, which: int) -> None:
    assert server.check(proof(server, which), "REGISTER", PASSWORDS.get) == Accepted("alice")


def test_sha_256_is_offered_first(server: Authenticator) -> None:
    assert [parse_digest(value)["algorithm"] for value in server.challenge()] == ["SHA-256", "MD5"]
    assert choose(list(reversed(server.challenge()))) is not None
    assert "SHA-256" in (choose(list(reversed(server.challenge()))) or "")
    assert choose(['Digest realm="x", algorithm=MD99', "Basic realm=x", "?"]) is None


@pytest.mark.parametrize(
    ("user_agent", "algorithms"),
    [
        ("Linphone/5.1", ["SHA-256", "MD5"]),
        ("baresip v2.10.0 (x86_64/linux)", ["SHA-256", "MD5"]),
        ("baresip v1.0.0 (x86_64/linux)", ["MD5"]),
        ("SIPp/Linux", ["MD5"]),
        ("", ["MD5"]),
    ],
)
def test_who_knows_nothing_but_md5_is_offered_nothing_else(
    server: Authenticator, user_agent: str, algorithms: list[str]
) -> None:
    """Found with baresip 1.0.0 and SIPp 3.6.1: both give up when they see SHA-256."""
    offered = server.challenge(user_agent=user_agent)
    assert [parse_digest(value)["algorithm"] for value in offered] == algorithms


@pytest.mark.parametrize(
    ("value", "method"),
    [
        ("", "REGISTER"),
        ("Basic YWxpY2U6MTIzNA==", "REGISTER"),
        ("Digest", "REGISTER"),
        ('Digest username="alice"', "REGISTER"),
        ("Digest =,=", "REGISTER"),
        ('Digest username="alice", algorithm=NONE, response="0"', "REGISTER"),
    ],
)
def test_no_proof_at_all(server: Authenticator, value: str, method: str) -> None:
    assert isinstance(server.check(value, method, PASSWORDS.get), Wrong)


def test_wrong_password_unknown_user_other_method_and_empty_password(server: Authenticator) -> None:
    check = server.check
    assert isinstance(check(proof(server, credentials=Credentials("alice", "x")), "REGISTER", PASSWORDS.get), Wrong)
    assert isinstance(check(proof(server, credentials=Credentials("eve", "")), "REGISTER", PASSWORDS.get), Wrong)
    assert isinstance(check(proof(server), "INVITE", PASSWORDS.get), Wrong)
    assert check(proof(server, credentials=Credentials("bob", "")), "REGISTER", PASSWORDS.get) == Accepted("bob")


def test_another_realm(server: Authenticator, clock: ManualClock) -> None:
    other = Authenticator(b"secret", "elsewhere", clock)
    assert server.check(proof(other), "REGISTER", PASSWORDS.get) == Wrong("alice", "another realm")


def test_a_nonce_of_another_server_is_stale(server: Authenticator, clock: ManualClock) -> None:
    other = Authenticator(b"another secret", "ringback", clock)
    assert server.check(proof(other), "REGISTER", PASSWORDS.get) == Stale("alice")


def test_an_old_nonce_is_stale_but_only_with_the_right_password(server: Authenticator, clock: ManualClock) -> None:
    good, bad = proof(server), proof(server, credentials=Credentials("alice", "x"))
    clock.advance(301)
    assert server.check(good, "REGISTER", PASSWORDS.get) == Stale("alice")
    assert isinstance(server.check(bad, "REGISTER", PASSWORDS.get), Wrong)
    assert all("stale=true" in value for value in server.challenge(stale=True))


def test_a_count_is_good_once(server: Authenticator, clock: ManualClock) -> None:
    challenge = server.challenge()[0]
    counted = [answer(challenge, "INVITE", "sip:x", ALICE, count=count) for count in (1, 2, 3)]
    assert server.check(counted[1], "INVITE", PASSWORDS.get) == Accepted("alice")
    assert server.check(counted[1], "INVITE", PASSWORDS.get) == Stale("alice")
    assert server.check(counted[0], "INVITE", PASSWORDS.get) == Stale("alice")
    clock.advance(200)
    assert server.check(counted[2], "INVITE", PASSWORDS.get) == Accepted("alice")


def test_used_counts_are_forgotten_only_when_the_nonce_is_dead(server: Authenticator, clock: ManualClock) -> None:
    first = proof(server)
    assert server.check(first, "REGISTER", PASSWORDS.get) == Accepted("alice")
    for _ in range(20):
        clock.advance(100)
        assert server.check(first, "REGISTER", PASSWORDS.get) == Stale("alice")
        assert server.check(proof(server), "REGISTER", PASSWORDS.get) == Accepted("alice")
    assert len(server._used) + len(server._used_before) < 10


def test_without_qop_a_nonce_is_good_once(server: Authenticator) -> None:
    challenge = server.challenge()[1].replace(', qop="auth"', "")
    old = answer(challenge, "REGISTER", "sip:x", ALICE)
    assert server.check(old, "REGISTER", PASSWORDS.get) == Accepted("alice")
    assert server.check(old, "REGISTER", PASSWORDS.get) == Stale("alice")


def test_auth_int_is_answered_when_nothing_else_is_offered() -> None:
    fields = parse_digest(answer('Digest realm="r", nonce="n", qop="auth-int"', "INVITE", "sip:x", ALICE, body=b"v=0"))
    assert fields["response"] == digest_response(fields, "INVITE", "1234", b"v=0")


@given(st.text(max_size=80) | st.text(max_size=80).map("Digest ".__add__))
def test_any_text_is_judged(value: str) -> None:
    server = Authenticator(b"secret", "ringback", ManualClock())
    assert isinstance(server.check(value, "REGISTER", PASSWORDS.get), Wrong)


fields = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)


@given(fields, fields, fields, fields)
def test_what_is_answered_is_read_again(user: str, realm: str, nonce: str, opaque: str) -> None:
    challenge = f'Digest realm={quote(realm)}, nonce={quote(nonce)}, qop="auth", opaque={quote(opaque)}'
    said = parse_digest(answer(challenge, "INVITE", "sip:x", Credentials(user, "p"), cnonce="c"))
    assert [said[name] for name in ("username", "realm", "nonce", "opaque")] == [user, realm, nonce, opaque]
    assert said["response"] == digest_response(said, "INVITE", "p")
