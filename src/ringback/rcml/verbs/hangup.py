"""<Hangup>: ends the call; one that still rings is answered first, so that it was one."""

from ringback.calls.call import Call
from ringback.rcml.page import Page
from ringback.rcml.verb import Next, TheEnd, Verb


class Hangup(Verb):
    async def run(self, call: Call, page: Page) -> Next:
        return TheEnd()
