"""Runs an application on a call."""

from ringback.calls.call import Call
from ringback.rcml.application import Application
from ringback.rcml.services import Services


async def interpret(application: Application, call: Call, services: Services) -> None:
    """Fetches the application's document and runs its verbs, and those of the documents that follow, to the end."""
    raise NotImplementedError
