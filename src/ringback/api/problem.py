"""Problems: the document that says why something was refused: code, message, status, and where more is told."""

from collections.abc import Sequence
from typing import Any, Final

from ringback.api.answer import Answer
from ringback.api.authentication import CHALLENGE
from ringback.api.representation import JSON, XML, document, to_json, xml_tree
from ringback.kernel.errors import NotAuthenticated, Refusal

ERRORS = "/restcomm/errors"
#: the code of a refusal that has none of its own, by its HTTP status
_CODES = {400: 20001, 401: 20003, 403: 20003, 404: 20404, 405: 20004, 409: 20409, 410: 20410, 413: 20413, 415: 20415}
#: seconds after which what is not possible now may be
_SOON: Final = b"5"


class MethodNotAllowed(Refusal):
    """The path exists, but not for this method."""

    status = 405

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(f"{method} is not possible here; {', '.join(allowed)} {'is' if len(allowed) == 1 else 'are'}.")
        self.headers = ((b"allow", ", ".join(allowed).encode()),)


def code_of(refusal: Refusal) -> int:
    return refusal.code or _CODES.get(refusal.status) or 20000 + refusal.status


def more_info(code: int) -> str:
    """The page of the dictionary of errors about ``code``."""
    return f"{ERRORS}/{code}.html"


def problem(refusal: Refusal, as_json: bool) -> Answer:
    """The answer to what was refused, with the headers that its status asks for."""
    headers = getattr(refusal, "headers", ())
    if isinstance(refusal, NotAuthenticated):
        headers = (*headers, *CHALLENGE)
    if refusal.status == 503:
        headers = (*headers, (b"retry-after", _SOON))
    code = code_of(refusal)
    facts: dict[str, Any] = {
        "Code": code,
        "Message": refusal.message,
        "MoreInfo": more_info(code),
        "Status": refusal.status,
    }
    if as_json:
        body = to_json(
            {"code": code, "message": refusal.message, "more_info": facts["MoreInfo"], "status": facts["Status"]}
        )
        return Answer(refusal.status, body, JSON, headers)
    inner = "".join(xml_tree(name, value, "  ") for name, value in facts.items())
    return Answer(refusal.status, document(inner), XML, headers)
