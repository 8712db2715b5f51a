"""Announcements: texts that are spoken once and kept as sound, at the same path with ``.wav``."""

import asyncio
import io
import wave
from pathlib import Path

from ringback.api.answer import Answer
from ringback.api.asked import Asked
from ringback.api.dialect import Dialect
from ringback.api.file import File
from ringback.api.permission import Deed, Who, find_account
from ringback.api.property import ACCOUNT_SID, DATE_CREATED, SID, choice, computed, path_of, text, uri
from ringback.api.resource import Resource, Values
from ringback.api.routes import Action, Route
from ringback.kernel.errors import NotFound
from ringback.kernel.sid import is_sid
from ringback.store.announcements import AnnouncementRecord


def _file_uri(record: AnnouncementRecord, dialect: Dialect, _as_json: bool) -> str:
    return path_of(record, "Announcements", dialect) + ".wav"


class Announcements(Resource[AnnouncementRecord]):
    """The sound needs no authentication, so that a document can play it."""

    def routes(self, dialect: Dialect) -> list[Route]:
        sound = Action(Deed.READ, self.target, self._answer_sound, Who.ANYONE)
        routes = super().routes(dialect)
        return [*routes, Route(f"{self.below}/{self.path}/{{sid}}", {"GET.wav": sound})] if routes else []

    async def _answer_sound(self, asked: Asked) -> Answer:
        sid, store = asked.names["sid"], asked.house.store
        record = await store.announcements.get(sid) if is_sid(sid, self.prefix) else None
        owner = await find_account(asked.names["account"], store)
        if record is None or owner is None or record.account_sid != owner.sid or record.file is None:
            raise self.missing(sid)
        try:
            content = await asyncio.to_thread(_as_wav, store.files.spoken / record.file)
        except OSError:
            raise NotFound(f"The sound of announcement {sid} is not here any more.") from None
        return File.held(content, b"audio/wav", record.date_created).answer(asked.headers)


ANNOUNCEMENTS = Announcements(
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
        computed("FileUri", _file_uri),
    ],
    sortable=("DateCreated",),
    description="Texts that are spoken once and kept as sound, at the same path with .wav.",
)


@ANNOUNCEMENTS.creates
async def spoken(values: Values, asked: Asked) -> AnnouncementRecord:
    """The text is spoken before the answer, so that what cannot be spoken is refused."""
    sound = await asked.house.speaker.say(values["text"], values["language"], values["gender"])
    return await ANNOUNCEMENTS.insert({**values, "file": sound.path.name}, asked)


def _as_wav(samples: Path) -> bytes:
    """Samples of 16 bits, 8 kHz, mono, with their header."""
    whole = io.BytesIO()
    with wave.open(whole, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(samples.read_bytes())
    return whole.getvalue()
