"""E-mail messages. No mail server can be set up yet, so none is sent, and the answer says so."""

from typing import Any

from ringback.api.asked import Asked
from ringback.api.kind import EMAIL
from ringback.api.permission import Deed
from ringback.api.place import Place
from ringback.api.property import prop, read_parameters, text
from ringback.kernel.errors import Unavailable

EMAIL_MESSAGES = Place(path="Email/Messages", target="EmailMessages", description="Sends an e-mail message.")
PARAMETERS = (
    prop("From", EMAIL, required=True),
    prop("To", EMAIL, required=True),
    text("Subject", most=998, required=True),
    text("Body", required=True),
    text("Type", most=64),
    prop("CC", EMAIL),
    prop("BCC", EMAIL),
)
_NOT_SENT = 20503


@EMAIL_MESSAGES.answers("POST", deed=Deed.CREATE, parameters=PARAMETERS)
async def send(asked: Asked) -> Any:
    values = read_parameters(PARAMETERS, await asked.form(), creating=True)
    raise Unavailable(
        f"The e-mail to {values['to']} was not sent: no mail server is set up on this server.", code=_NOT_SENT
    )
