"""What runs here."""

from typing import Any

from ringback import __version__
from ringback.api.asked import Asked
from ringback.api.dialect import RESTCOMM
from ringback.api.place import Place

VERSION = Place(
    path="Version",
    target="Usage",
    names_as_written=True,
    description="The name and version of this server, and since when it runs.",
)


@VERSION.answers("GET")
async def version(asked: Asked) -> Any:
    started = asked.house.started_at
    return {"Name": "Ringback", "Version": __version__, "Revision": __version__, "Date": RESTCOMM.moment(started)}
