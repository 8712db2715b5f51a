"""<Play>: plays a sound file from the web."""

from ringback.calls.call import Call
from ringback.calls.notes import WARNING
from ringback.media.sound import BadSound, Sound
from ringback.rcml.kind import Loop, Url
from ringback.rcml.page import Page
from ringback.rcml.verb import Next, NextVerb, Verb, VerbFailed, attribute, content
from ringback.web.fetcher import FetchFailed

NO_SOUND = 13233


class Play(Verb):
    loop: Loop = attribute(default=1, code=13410)  # 0: until the call ends
    url: Url = content(default="")

    def prepare(self, page: Page) -> None:
        if self.url:
            page.want_sound(self.url)

    async def run(self, call: Call, page: Page) -> Next:
        if not self.url:
            return NextVerb("nothing to play")
        await call.play(await self._sound(page), self.loop)
        return NextVerb("played")

    async def _sound(self, page: Page) -> Sound:
        try:
            return await page.sound(self.url)
        except FetchFailed as failure:
            raise VerbFailed(NO_SOUND, failure.message, WARNING) from failure
        except BadSound as bad:
            raise VerbFailed(NO_SOUND, f"{page.resolve(self.url)} cannot be played: {bad.message}", WARNING) from bad
