"""What Twilio's clients may ask of a live call or conference and nothing here does yet: refused in words, 501."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from ringback.api.answer import Answer
from ringback.api.asked import Asked
from ringback.api.dialect import TWILIO
from ringback.api.page import Page, wanted_page
from ringback.api.permission import Deed
from ringback.api.place import Place
from ringback.api.representation import JSON, to_json
from ringback.api.resource import Resource
from ringback.api.resources.calls import CALLS
from ringback.api.resources.conferences import CONFERENCES, OVER
from ringback.api.resources.participants import PARTICIPANTS
from ringback.api.resources.sms_messages import SMS_MESSAGES
from ringback.api.twilio import envelope
from ringback.kernel.errors import BadParameter, Refusal

_BUILT: Final = "Live calls and conferences, as far as they are not to be had yet."
ON_CALLS = Place(path="Calls", dialects=(TWILIO,), description=_BUILT)
ON_CONFERENCES = Place(path="Conferences", dialects=(TWILIO,), description=_BUILT)
ON_MESSAGES = Place(path="Messages", target="SmsMessages", dialects=(TWILIO,), description="Media: there are none.")
#: below a call: what cannot be made there, and what to do instead
_OF_CALLS: Final = {
    "Recordings": "A live call is not recorded by a request yet; let its document record it.",
    "Streams": "The sound of a call is not streamed anywhere yet.",
    "Siprec": "A call is not recorded elsewhere (SIPREC) yet.",
    "Payments": "Payments are not taken here.",
    "Transcriptions": "A live call is not transcribed yet.",
    "UserDefinedMessages": "Messages are not sent into a live call yet.",
}
_Function = Callable[[Asked], Coroutine[Any, Any, Any]]


def _refused(resource: Resource[Any], sentence: str) -> _Function:
    """404 when what it is about is not there, else 501."""

    async def refuse(asked: Asked) -> Any:
        await resource.found(asked)
        raise Refusal(sentence, status=501)

    return refuse


for _name, _sentence in _OF_CALLS.items():
    ON_CALLS.answers("POST", f"{{sid}}/{_name}", Deed.CREATE)(_refused(CALLS, _sentence))
ON_CALLS.answers("POST", "{sid}/Recordings/{below}", Deed.MODIFY)(
    _refused(CALLS, "A recording that goes on is not paused or stopped by a request yet.")
)
ON_CONFERENCES.answers("POST", "{sid}/Participants", Deed.CREATE)(
    _refused(CONFERENCES, "Nobody is called into a conference by a request yet; let a document dial it.")
)
ON_CONFERENCES.answers("DELETE", "{sid}/Participants/{call}", Deed.DELETE)(
    _refused(PARTICIPANTS, "Nobody is put out of a conference by a request yet; end the call with Status=completed.")
)
ON_CONFERENCES.answers("POST", "{sid}/Recordings/{below}", Deed.MODIFY)(
    _refused(CONFERENCES, "A recording that goes on is not paused or stopped by a request yet.")
)


@ON_CONFERENCES.answers("POST", "{sid}", Deed.MODIFY)
async def change_conference(asked: Asked) -> Any:
    """What is over cannot be changed any more."""
    conference = await CONFERENCES.found(asked)
    if conference.status in OVER:
        raise BadParameter([f"Conference {conference.sid} is over; only one that goes on can be changed."], code=20001)
    raise Refusal("A conference is not ended or spoken to by a request yet; end its calls.", status=501)


@ON_MESSAGES.answers("GET", "{sid}/Media")
async def no_media(asked: Asked) -> Answer:
    """A message is text alone."""
    await SMS_MESSAGES.found(asked)
    page = Page([], 0, wanted_page(asked.query), asked.path, asked.query, None)
    page.must_exist()
    return Answer(200, to_json({"media_list": [], **envelope(page)}), JSON)
