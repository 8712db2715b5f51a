"""What a fetch that brought nothing says: the code of the error dictionary, the URL, and what to do."""

import re

from ringback.kernel.errors import Refusal

BAD_URL = 11100  #: no URL that can be asked
NOT_RETRIEVED = 11200  #: refused by us (a private target), or an answer that cannot be used
NO_CONNECTION = 11205  #: not connected, broken off, or not done in time
BAD_PROTOCOL = 11206  #: what came is not HTTP, or breaks its rules
BAD_HOST = 11210  #: the name does not resolve
BAD_REDIRECT = 11215  #: too many, in a circle, or to nowhere
BAD_TLS = 11220  #: the handshake failed, or the certificate is not to be trusted
TOO_LARGE = 11750  #: more octets than are taken


_PASSWORD = re.compile(r"(?<=//)([^/?#@:]*):[^/?#@]*@")


def without_password(url: str) -> str:
    """``url`` as it may be shown and kept."""
    if "@" not in url:
        return url
    return _PASSWORD.sub(r"\1:…@", url, count=1)


class FetchFailed(Refusal):
    """Nothing usable came from ``url``. ``code`` is one of this file's; ``message`` names the URL and the remedy."""

    status = 502

    def __init__(self, code: int, url: str, why: str) -> None:
        super().__init__(f"{without_password(url) or 'an empty URL'} {why}", code=code)
        self.url = url
        self.why = why
