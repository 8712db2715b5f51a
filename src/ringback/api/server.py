"""The HTTP server of the API: resources, demos and sounds, as one ASGI application."""

from typing import Any

from starlette.applications import Starlette
from starlette.routing import Mount

from ringback.api.dialect import DIALECTS
from ringback.api.dictionary import Dictionary
from ringback.api.door import Door
from ringback.api.gallery import Gallery
from ringback.api.place import Place
from ringback.api.problem import ERRORS
from ringback.api.reference import REFERENCE
from ringback.api.registry import places, resources
from ringback.api.resource import Resource
from ringback.api.routes import Routes
from ringback.flows.house import House


def build_api(house: House) -> Starlette:
    """Everything that Ringback answers over HTTP; the house may still be opening when this is called.

    ``state.door`` is the `Door`, whose `Door.last_words` are due when nothing is asked any more.
    """
    pages: list[Resource[Any] | Place] = [*resources(), *places(), REFERENCE]
    routes = {dialect: Routes([route for page in pages for route in page.routes(dialect)]) for dialect in DIALECTS}
    folders = [Mount(f"/restcomm/{folder}", Gallery(folder)) for folder in Gallery.FOLDERS]
    app = Starlette(routes=[*folders, Mount(ERRORS, Dictionary())])
    app.router.redirect_slashes = False
    app.state.door = app.router.default = Door(house, routes)
    return app
