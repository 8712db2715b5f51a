"""Why a text was not spoken."""

from ringback.kernel.errors import Refusal


class NotSpoken(Refusal):
    """No engine, or it failed or took too long; the message says what to do. 12400: not the document's fault."""

    status = 503

    def __init__(self, message: str, *, code: int = 12400) -> None:
        super().__init__(message, code=code)
