"""Transcriptions: the text of recordings. Specification, table 4.23."""

from ringback.api.filter import Match, by
from ringback.api.kind import SECONDS
from ringback.api.property import (
    ACCOUNT_SID,
    API_VERSION_OF_TWILIO,
    DATE_CREATED,
    DATE_UPDATED,
    SID,
    computed,
    shown,
    uri,
)
from ringback.api.resource import Resource
from ringback.api.within import Within
from ringback.store.page import OLDEST_FIRST
from ringback.store.transcriptions import TranscriptionRecord

TRANSCRIPTIONS = Resource(
    path="Transcriptions",
    element="Transcription",
    prefix="TR",
    record=TranscriptionRecord,
    rows=lambda store: store.transcriptions,
    deeds=frozenset({"list", "read", "delete"}),
    within=(Within("Recordings", "recording_sid", lambda store: store.recordings),),
    properties=[
        SID,
        DATE_CREATED,
        DATE_UPDATED,
        ACCOUNT_SID,
        shown("Status"),
        shown("RecordingSid"),
        shown("Duration", SECONDS),
        shown("TranscriptionText"),
        computed("Price", lambda record, _dialect, _json: record.price or "0.0"),
        shown("PriceUnit"),
        uri("Transcriptions"),
    ],
    filters=[
        by("StartTime", Match.FROM_DAY, "date_created"),
        by("EndTime", Match.TO_DAY, "date_created"),
        by("TranscriptionText", Match.PART),
    ],
    usual_order=OLDEST_FIRST,
    twilio_path="Transcriptions",
    twilio=[API_VERSION_OF_TWILIO, computed("Type", lambda _record, _dialect, _json: "fast")],
    description="What was said in recordings, as text.",
)
