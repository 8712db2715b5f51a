"""A request sent once more, with the answer to a challenge (RFC 3261 §22.2, §8.1.3.5)."""

from collections.abc import Callable

from ringback.sip.digest import Credentials, answer, choose, parse_digest
from ringback.sip.message import Request, Response


def again(request: Request) -> Request:
    """The same request without the Vias of its first attempt."""
    headers = request.headers.copy()
    headers.remove("Via")
    return Request(request.method, request.uri_text, headers, request.body)


def with_proof(
    request: Request, response: Response, credentials: Credentials, next_cseq: Callable[[], int]
) -> Request | None:
    """``request`` with a new CSeq and credentials for the challenge in ``response``; None when there is no answer."""
    offered, name = (
        (response.headers.all("WWW-Authenticate"), "Authorization")
        if response.status == 401
        else (response.headers.all("Proxy-Authenticate"), "Proxy-Authorization")
    )
    challenge = choose(offered)
    if challenge is None:
        return None
    try:
        proof = answer(challenge, request.method, request.uri_text, credentials, body=request.body)
    except ValueError:
        return None
    proven = again(request)
    proven.headers.set(name, proof)
    proven.headers.set("CSeq", f"{next_cseq()} {request.method}")
    return proven


def is_stale(response: Response) -> bool:
    """Whether a challenge says that the proof was right, only its nonce old."""
    return any(
        parse_digest(value).get("stale", "").lower() == "true" for value in response.challenges if _digest(value)
    )


def _digest(value: str) -> bool:
    try:
        parse_digest(value)
    except ValueError:
        return False
    return True
