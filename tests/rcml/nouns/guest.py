"""<Guest>: who comes to a <Party>."""

from ringback.rcml.kind import Count, Text
from ringback.rcml.tag import attribute, content
from tests.rcml.noun import Noun


class Guest(Noun):
    seats: Count = attribute(default=1, code=77)
    who: Text = content(default="")
