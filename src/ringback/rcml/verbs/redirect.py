"""<Redirect>: goes on with another document."""

from ringback.calls.call import Call
from ringback.rcml.kind import Method, Url
from ringback.rcml.page import Page
from ringback.rcml.verb import Next, NextDocument, NextVerb, Verb, attribute, content


class Redirect(Verb):
    method: Method = attribute(default="POST", code=13710)
    url: Url = content(default="")

    async def run(self, call: Call, page: Page) -> Next:
        if not self.url:
            return NextVerb("names no document")
        return NextDocument(page.resolve(self.url), self.method)
