"""<Gather>: collects keys while prompts play, then asks the customer's server what to do with them."""

from ringback.calls.call import Call
from ringback.calls.notes import WARNING
from ringback.kernel.tasks import first_of
from ringback.rcml.kind import Count, FinishKeys, Hints, Input, Language, Method, Seconds, StartKeys, Url
from ringback.rcml.page import Page
from ringback.rcml.verb import Next, NextDocument, NextVerb, Verb, attribute, nested
from ringback.rcml.verbs.pause import Pause
from ringback.rcml.verbs.play import Play
from ringback.rcml.verbs.say import Say

#: the one code of the older system that speaks of recognition
NO_RECOGNITION = 11001


class Gather(Verb):
    action: Url | None = attribute(default=None)  # none: the document that holds this verb
    method: Method = attribute(default="POST", code=14104)
    timeout: Seconds | None = attribute(
        default=None, code=13313
    )  # silence after the prompts, and between keys; none: setting
    finish_on_key: FinishKeys = attribute(default="#", code=13310)  # any of these ends it and is taken away
    num_digits: Count | None = attribute(default=None, code=13314)  # none: until a finish key or silence
    start_input_key: StartKeys = attribute(default="0123456789*#", code=13315)
    input: Input = attribute(default="dtmf")
    language: Language = attribute(default="en-US")
    hints: Hints = attribute(default="")
    partial_result_callback: Url | None = attribute(default=None)
    partial_result_callback_method: Method = attribute(default="POST", code=14104)
    prompts: tuple[Say | Play | Pause, ...] = nested(
        default=(), codes={"Say.voice": 13321, "Say.loop": 13322, "Play": 13325}
    )

    def prepare(self, page: Page) -> None:
        for prompt in self.prompts:
            prompt.prepare(page)

    async def run(self, call: Call, page: Page) -> Next:
        timeout = page.services.settings.calls.gather_timeout if self.timeout is None else self.timeout
        if "speech" in self.input:
            await self._tell_that_nobody_listens(call)
        if self.input == "speech":
            await self._play(call, page)
            await call.pause(timeout)
            return NextVerb("no speech")
        async with call.collect(
            most=self.num_digits, finish=self.finish_on_key, timeout=timeout, start=self.start_input_key
        ) as keys:
            if self.prompts:
                await first_of(keys.first(), self._play(call, page))  # a key silences the prompts
            digits = await keys.all()
        if not digits:
            return NextVerb("no keys")
        return NextDocument(page.resolve(self.action), self.method, (("Digits", digits),))

    async def _play(self, call: Call, page: Page) -> None:
        self.prepare(page)
        for prompt in self.prompts:
            await prompt.run(call, page)

    async def _tell_that_nobody_listens(self, call: Call) -> None:
        await call.notify(
            NO_RECOGNITION,
            "<Gather> hears keys only: speech is not recognised, and counts as silence",
            level=WARNING,
            line=self.place.line,
            column=self.place.column,
        )
