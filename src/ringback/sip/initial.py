"""Requests outside of dialogs, as they are first built (RFC 3261 §8.1.1)."""

from dataclasses import replace

from ringback.kernel.chance import random_octets
from ringback.sip.address import NameAddress
from ringback.sip.admission import Admission, HeaderList
from ringback.sip.headers import canonical
from ringback.sip.message import Request
from ringback.sip.stack import new_tag
from ringback.sip.uri import Uri


def initial_request(
    method: str,
    target: Uri,
    *,
    from_: NameAddress,
    to: NameAddress | None,
    admission: Admission,
    user_agent: str,
    headers: HeaderList = (),
    body: bytes = b"",
    content_type: str = "",
    call_id: str = "",
    cseq: int = 1,
) -> Request:
    """The request without Via and Contact, which depend on the way it takes. ``headers`` win over what is usual."""
    uri = replace(target, headers=()) if target.headers else target
    request = Request(method, uri, body=body)
    given = {canonical(name) for name, _ in headers}
    add = request.headers.add
    usual = [
        ("Max-Forwards", "70"),
        ("From", str(from_ if from_.tag else from_.with_tag(new_tag()))),
        ("To", str(to if to is not None else NameAddress("", uri))),
        ("Call-ID", call_id or random_octets(16).hex()),
        ("CSeq", f"{cseq} {method}"),
        ("User-Agent", user_agent),
    ]
    if method == "INVITE":
        usual += [*admission.allow, *(line for line in admission.capabilities if line[0] == "Supported")]
    for name, value in usual:
        if name not in given and value:
            add(name, value)
    for name, value in headers:
        add(name, value)
    if body and content_type and "Content-Type" not in given:
        add("Content-Type", content_type)
    return request
