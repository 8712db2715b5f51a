"""What an error on the way to a customer's server means for who wanted the answer."""

import os
import socket
import ssl

from ringback.web.answer import BadAnswer, CutShort
from ringback.web.connect import CONNECT_TIMEOUT, ConnectTimeout
from ringback.web.failure import BAD_HOST, BAD_PROTOCOL, BAD_TLS, NO_CONNECTION, NOT_RETRIEVED, FetchFailed
from ringback.web.private import PrivateTarget


def failure_of(url: str, error: Exception, *, asked: bool, heard: bool) -> FetchFailed:
    """``asked``: there was a connection; ``heard``: and something of an answer."""
    words = " ".join(str(error).split())[:300] or type(error).__name__
    match error:
        case PrivateTarget():
            return FetchFailed(NOT_RETRIEVED, url, "leads to a private address; list it in fetch.private to allow it")
        case socket.gaierror():
            return FetchFailed(BAD_HOST, url, "names a host that does not resolve")
        case ssl.SSLError():
            return FetchFailed(BAD_TLS, url, f"cannot be trusted: {words}")
        case ConnectTimeout():
            return FetchFailed(NO_CONNECTION, url, f"takes no connection within {CONNECT_TIMEOUT:g} s")
        case CutShort() if heard:
            return FetchFailed(NO_CONNECTION, url, "broke off before its answer was complete")
        case CutShort():
            return FetchFailed(NO_CONNECTION, url, "closed the connection without an answer")
        case OSError() if asked:
            return FetchFailed(NO_CONNECTION, url, f"broke the connection: {words}")
        case OSError():
            reason = os.strerror(error.errno) if error.errno else words
            return FetchFailed(NO_CONNECTION, url, f"cannot be reached: {reason}")
        case BadAnswer():
            return FetchFailed(BAD_PROTOCOL, url, f"does not answer in proper HTTP: {words}")
        case _:
            return FetchFailed(BAD_PROTOCOL, url, f"could not be asked: {words}")
