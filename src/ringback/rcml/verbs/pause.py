"""<Pause>: waits. As the first verb of an incoming call it waits while that still rings."""

from ringback.calls.call import Call
from ringback.rcml.kind import Seconds
from ringback.rcml.page import Page
from ringback.rcml.verb import Next, NextVerb, Verb, attribute


class Pause(Verb):
    before_answer = True
    length: Seconds = attribute(default=1, code=13910)

    async def run(self, call: Call, page: Page) -> Next:
        if self.length:
            await call.pause(self.length)
        return NextVerb()
