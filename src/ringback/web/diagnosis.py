"""What an error of the HTTP client means for who wanted the answer."""

import os
import socket
import ssl

import aiohttp

from ringback.web.failure import (
    BAD_HOST,
    BAD_PROTOCOL,
    BAD_TLS,
    BAD_URL,
    NO_CONNECTION,
    NOT_RETRIEVED,
    FetchFailed,
)
from ringback.web.private import PrivateTarget

#: seconds for one connection to be made, TLS aside
CONNECT_TIMEOUT = 5.0


def failure_of(url: str, error: Exception) -> FetchFailed:
    """What an error of the HTTP client means."""
    if isinstance(error, PrivateTarget) or isinstance(getattr(error, "os_error", None), PrivateTarget):
        return FetchFailed(NOT_RETRIEVED, url, "leads to a private address; list it in fetch.private to allow it")
    said = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
    words = " ".join(said.split())[:300] or type(error).__name__
    match error:
        case aiohttp.InvalidURL():
            return FetchFailed(BAD_URL, url, f"is no URL: {words}")
        case aiohttp.ClientConnectorDNSError() | socket.gaierror():
            return FetchFailed(BAD_HOST, url, "names a host that does not resolve")
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return FetchFailed(BAD_TLS, url, f"cannot be trusted: {words}")
        case aiohttp.ConnectionTimeoutError():
            return FetchFailed(NO_CONNECTION, url, f"takes no connection within {CONNECT_TIMEOUT:g} s")
        case aiohttp.ClientPayloadError():
            return FetchFailed(NO_CONNECTION, url, "broke off before its answer was complete")
        case aiohttp.ServerDisconnectedError():
            return FetchFailed(NO_CONNECTION, url, "closed the connection without an answer")
        case aiohttp.ClientConnectorError():
            return FetchFailed(
                NO_CONNECTION, url, f"cannot be reached: {os.strerror(error.errno) if error.errno else words}"
            )
        case aiohttp.ClientConnectionError() | OSError():
            return FetchFailed(NO_CONNECTION, url, f"broke the connection: {words}")
        case _:
            return FetchFailed(BAD_PROTOCOL, url, f"does not answer in proper HTTP: {words}")
