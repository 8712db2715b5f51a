"""The HTTP server of the API: resources, demos and the dictionary of errors, as one ASGI application."""

from starlette.applications import Starlette

from ringback.flows.house import House


def build_api(house: House) -> Starlette:
    """Everything that Ringback answers over HTTP; the house may still be opening when this is called."""
    raise NotImplementedError
