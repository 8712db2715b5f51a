"""Announcements: texts that are spoken once and kept as sound."""

from ringback.api.asked import Asked
from ringback.api.property import ACCOUNT_SID, DATE_CREATED, SID, choice, text, uri
from ringback.api.resource import Resource, Values
from ringback.store.announcements import AnnouncementRecord

ANNOUNCEMENTS = Resource(
    path="Announcements",
    element="Announcement",
    prefix="AN",
    record=AnnouncementRecord,
    rows=lambda store: store.announcements,
    deeds=frozenset({"list", "create", "read", "delete"}),
    properties=[
        SID,
        DATE_CREATED,
        ACCOUNT_SID,
        choice("Gender", ("man", "woman"), default="man"),
        text("Language", most=16, default="en"),
        text("Text", most=4096, required=True),
        uri("Announcements"),
    ],
    sortable=("DateCreated",),
    description="Texts that are spoken once and kept as sound.",
)


@ANNOUNCEMENTS.creates
async def spoken(values: Values, asked: Asked) -> AnnouncementRecord:
    """The text is spoken before the answer, so that a language that nobody speaks is refused."""
    sound = await asked.house.speaker.say(values["text"], values["language"], values["gender"])
    return await ANNOUNCEMENTS.insert({**values, "file": sound.path.name}, asked)
