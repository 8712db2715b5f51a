"""Logging out: there are no sessions, so there is nothing to do."""

from ringback.api.answer import Answer
from ringback.api.asked import Asked
from ringback.api.permission import Who
from ringback.api.place import Place

LOGOUT = Place(path="Logout", below="", who=Who.ANYONE, description="Answers, and does nothing: there are no sessions.")


@LOGOUT.answers("GET")
async def logout(_asked: Asked) -> Answer:
    return Answer(200)
