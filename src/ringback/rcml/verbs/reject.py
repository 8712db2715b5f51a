"""<Reject>: refuses an incoming call that still rings, without answering it; an answered call goes on."""

from ringback.calls.call import Call
from ringback.rcml.kind import Reason
from ringback.rcml.page import Page
from ringback.rcml.verb import Next, NextVerb, TheEnd, Verb, attribute


class Reject(Verb):
    before_answer = True
    reason: Reason = attribute(default="rejected")

    async def run(self, call: Call, page: Page) -> Next:
        if call.answered:
            return NextVerb("the call is answered already")
        await call.reject("busy" if self.reason == "busy" else "rejected")
        return TheEnd(f"rejected ({self.reason})")
