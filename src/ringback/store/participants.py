"""Participants: a call's time in a conference."""

from datetime import datetime

import msgspec
from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape


class ParticipantRecord(msgspec.Struct, kw_only=True):
    """``sid`` is this stay's own; a call that comes back has another. ``status`` ``completed``: left."""

    sid: str
    date_created: datetime
    date_updated: datetime
    account_sid: str
    conference_sid: str
    call_sid: str
    status: str
    muted: bool = False
    hold: bool = False
    start_conference_on_enter: bool = True
    end_conference_on_exit: bool = False
    label: str | None = None


PARTICIPANTS = Shape(
    ParticipantRecord,
    "participants",
    Index("participants_by_conference", "conference_sid", "date_created", "id"),
    Index("participants_by_call", "call_sid"),
)


class Participants(Rows[ParticipantRecord]):
    shape = PARTICIPANTS
    few = frozenset({"call_sid", "conference_sid"})
