"""One request on its way: what is asked next, and how it came to that."""

from collections.abc import Callable, Sequence
from typing import BinaryIO

import msgspec

from ringback.web.failure import BAD_REDIRECT, FetchFailed
from ringback.web.fetched import Fetched
from ringback.web.url import resolve, with_query

Form = Sequence[tuple[str, str]]
#: most octets of a body, decompressed; or what says so for each content type
Limit = int | Callable[[str], int]
#: the file that a body goes to instead of into memory; or what says so for each content type
Into = BinaryIO | Callable[[str], BinaryIO | None] | None
#: statuses that lead on, and whether a POST stays one (RFC 9110 §15.4; with 301 and 302 it does, as in the original)
LEADS_ON = {301: True, 302: True, 303: False, 307: True, 308: True}


class Question(msgspec.Struct, frozen=True, gc=False):
    """``passed``: the URLs that led here."""

    url: str
    method: str
    form: Form
    headers: Form
    limit: Limit
    into: Into
    passed: tuple[str, ...] = ()

    @property
    def on_the_wire(self) -> str:
        """The URL that is asked: GET carries the form."""
        return with_query(self.url, self.form) if self.method == "GET" else self.url

    @property
    def identity(self) -> tuple[str, str]:
        """Who asks the same again goes in a circle."""
        return self.method, self.on_the_wire

    def limit_for(self, content_type: str) -> int:
        return self.limit if isinstance(self.limit, int) else self.limit(content_type)

    def file_for(self, content_type: str) -> BinaryIO | None:
        return self.into(content_type) if callable(self.into) else self.into

    def after(self, answer: Fetched, most: int) -> "Question | None":
        """What is to be asked next, of at most ``most`` redirects; None when ``answer`` is the last.

        Raises `FetchFailed` (11215).
        """
        location = answer.header("Location")
        if answer.status not in LEADS_ON or not location:
            return None
        if len(self.passed) >= most:
            raise FetchFailed(BAD_REDIRECT, (*self.passed, self.url)[0], f"redirects more than {most} times")
        try:
            url = resolve(self.url, location.strip())
        except FetchFailed as failure:
            raise FetchFailed(BAD_REDIRECT, self.url, f"redirects to {location!r}, which {failure.why}") from failure
        posts = self.method == "POST" and LEADS_ON[answer.status]
        method, form = ("POST", self.form) if posts else ("GET", ())
        return msgspec.structs.replace(self, url=url, method=method, form=form, passed=(*self.passed, self.url))
