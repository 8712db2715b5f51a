"""The tree of errors: each knows whose fault it is and which answer it deserves.

A `Refusal` is an answer, not an accident: the API turns it into its error document, SIP into a final response, a call
into a Notification. Anything else that is raised is a defect of ours.
"""

from collections.abc import Sequence


class RingbackError(Exception):
    """Everything that Ringback raises on purpose."""


class SettingError(RingbackError):
    """A bad setting: it stops the start. The message names the setting, its value and what would be right."""


class Refusal(RingbackError):
    """Something asked for is not done; ``message`` says which thing, which rule, and what to do.

    ``code``: the error code of the dictionary (0: none). ``status``: the HTTP status for a program that asked.
    ``sip_status``: the SIP status for a phone that asked (0: none fits better than 500).
    """

    status = 400
    sip_status = 0

    def __init__(
        self, message: str, *, code: int = 0, status: int | None = None, sip_status: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        if status is not None:
            self.status = status
        if sip_status is not None:
            self.sip_status = sip_status


class BadParameter(Refusal):
    """One or more parameters are wrong; ``faults`` holds a sentence for each, and the message all of them."""

    def __init__(self, faults: Sequence[str], *, code: int = 21200) -> None:
        super().__init__(" ".join(faults), code=code)
        self.faults = tuple(faults)


class NotAuthenticated(Refusal):
    status = 401


class NotPermitted(Refusal):
    status = 403
    sip_status = 403


class NotFound(Refusal):
    status = 404
    sip_status = 404


class Conflict(Refusal):
    status = 409


class Gone(Refusal):
    """It was there, and is over."""

    status = 410


class Unavailable(Refusal):
    """Not now: draining, overloaded, or a part is down. May be asked again later."""

    status = 503
    sip_status = 503
