"""<Say>: speaks a text."""

from ringback.calls.call import Call
from ringback.rcml.kind import Language, Loop, Text, Voice
from ringback.rcml.page import Page
from ringback.rcml.verb import Next, NextVerb, Verb, attribute, content


class Say(Verb):
    voice: Voice = attribute(default="man", code=13511)
    language: Language = attribute(default="en")  # one that no engine has is spoken as English
    loop: Loop = attribute(default=1, code=13510)  # 0: until the call ends
    text: Text = content(default="")

    def prepare(self, page: Page) -> None:
        if self.text:
            page.want_spoken(self.text, self.language, self.voice)

    async def run(self, call: Call, page: Page) -> Next:
        if not self.text:
            return NextVerb("nothing to say")
        await call.play(await page.spoken(self.text, self.language, self.voice), self.loop)
        return NextVerb("said")
