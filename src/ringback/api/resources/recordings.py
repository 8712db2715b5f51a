"""Recordings, and their sound at the same path with ``.wav``. Specification, table 4.22."""

from typing import Any

from ringback.api.answer import Answer
from ringback.api.asked import Asked
from ringback.api.dialect import API_VERSION, Dialect
from ringback.api.file import File
from ringback.api.filter import Match, by
from ringback.api.kind import MOMENT, SECONDS, TREE, whole
from ringback.api.permission import Deed, Who, find_account
from ringback.api.property import (
    ACCOUNT_SID,
    API_VERSION_SHOWN,
    CONTEXT,
    DATE_CREATED,
    DATE_UPDATED,
    SID,
    computed,
    path_of,
    shown,
    uri,
)
from ringback.api.resource import Resource
from ringback.api.routes import Action, Route
from ringback.api.within import Within
from ringback.kernel.errors import NotFound
from ringback.kernel.sid import is_sid
from ringback.store.recordings import RecordingRecord


def _file_uri(recording: RecordingRecord, dialect: Dialect, _as_json: bool) -> str:
    return f"{CONTEXT}/{API_VERSION}/Accounts/{recording.account_sid}/Recordings/{recording.sid}.wav"


def _media_url(recording: RecordingRecord, dialect: Dialect, _as_json: bool) -> str:
    return path_of(recording, "Recordings", dialect)


def _subresources(recording: RecordingRecord, dialect: Dialect, _as_json: bool) -> Any:
    return {"Transcriptions": f"{path_of(recording, 'Recordings', dialect)}/Transcriptions.json"}


class Recordings(Resource[RecordingRecord]):
    """The sound needs no authentication: whoever was given its long random name may hear it."""

    def routes(self, dialect: Dialect) -> list[Route]:
        sound = Action(Deed.READ, self.target, self._answer_sound, Who.ANYONE)
        return [*super().routes(dialect), Route(f"{self.below}/{self.path}/{{sid}}", {"GET.wav": sound})]

    async def _answer_sound(self, asked: Asked) -> Answer:
        sid, store = asked.names["sid"], asked.house.store
        recording = await store.recordings.get(sid) if is_sid(sid, self.prefix) else None
        owner = await find_account(asked.names["account"], store)
        if recording is None or owner is None or recording.account_sid != owner.sid:
            raise self.missing(sid)
        try:
            return File.at(store.files.recording(sid), b"audio/wav").answer(asked.headers)
        except OSError:
            raise NotFound(f"The sound of recording {sid} is not here.") from None


RECORDINGS = Recordings(
    path="Recordings",
    element="Recording",
    prefix="RE",
    record=RecordingRecord,
    rows=lambda store: store.recordings,
    deeds=frozenset({"list", "read", "delete"}),
    sub_accounts=True,
    within=(
        Within("Calls", "call_sid", lambda store: store.calls),
        Within("Conferences", "conference_sid", lambda store: store.conferences),
    ),
    properties=[
        SID,
        DATE_CREATED,
        DATE_UPDATED,
        ACCOUNT_SID,
        shown("CallSid"),
        shown("Duration", SECONDS),
        API_VERSION_SHOWN,
        uri("Recordings"),
        computed("FileUri", _file_uri),
    ],
    filters=[
        by("StartTime", Match.FROM_DAY, "date_created"),
        by("EndTime", Match.TO_DAY, "date_created"),
        by("DateCreated", Match.DAY),
        by("CallSid"),
    ],
    sortable=("DateCreated", "Duration", "CallSid"),
    twilio_path="Recordings",
    twilio=[
        shown("StartTime", MOMENT, attribute="date_created"),
        *(shown(name) for name in ("Status", "Source", "ConferenceSid", "Price", "PriceUnit")),
        shown("Channels", whole()),
        computed("MediaUrl", _media_url),
        computed("ErrorCode", lambda _recording, _dialect, _json: None),
        computed("SubresourceUris", _subresources, TREE),
    ],
    description="What was recorded during calls; the sound is at the same path with .wav.",
)


@RECORDINGS.deletes
async def with_its_sound(recording: RecordingRecord, asked: Asked) -> None:
    await RECORDINGS.remove(recording, asked)
    asked.house.store.files.recording(recording.sid).unlink(missing_ok=True)
