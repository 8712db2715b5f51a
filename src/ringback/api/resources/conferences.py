"""Conferences, and who takes part in them."""

from typing import Any

from ringback.api.dialect import TWILIO, Dialect
from ringback.api.filter import Match, by
from ringback.api.kind import TREE
from ringback.api.property import (
    ACCOUNT_SID,
    API_VERSION_SHOWN,
    DATE_CREATED,
    DATE_UPDATED,
    SID,
    computed,
    path_of,
    shown,
    uri,
)
from ringback.api.resource import Resource
from ringback.store.conferences import ConferenceRecord


def _subresources(conference: ConferenceRecord, dialect: Dialect, as_json: bool) -> Any:
    place = path_of(conference, "Conferences", dialect)
    ending = ".json" if as_json else ""
    below = {"Participants": f"{place}/Participants{ending}"}
    return {**below, "Recordings": f"{place}/Recordings{ending}"} if dialect is TWILIO else below


#: Twilio's words, and what the records say
_STORED = {
    "init": ("RUNNING_INITIALIZING",),
    "in-progress": ("RUNNING_MODERATOR_ABSENT", "RUNNING_MODERATOR_PRESENT"),
    "completed": ("STOPPING", "COMPLETED", "FAILED"),
}
OVER = _STORED["completed"]
_IN_TWILIO = {stored: word for word, several in _STORED.items() for stored in several}


def _nothing(_conference: ConferenceRecord, _dialect: Dialect, _as_json: bool) -> None:
    """Twilio's clients expect it, and nothing here knows it."""


def _status(conference: ConferenceRecord, dialect: Dialect, _as_json: bool) -> str:
    return _IN_TWILIO.get(conference.status, conference.status) if dialect is TWILIO else conference.status


CONFERENCES = Resource(
    path="Conferences",
    element="Conference",
    prefix="CF",
    record=ConferenceRecord,
    rows=lambda store: store.conferences,
    deeds=frozenset({"list", "read"}),
    ends_with_account=False,
    properties=[
        SID,
        DATE_CREATED,
        DATE_UPDATED,
        ACCOUNT_SID,
        computed("Status", _status),
        API_VERSION_SHOWN,
        shown("FriendlyName"),
        uri("Conferences"),
        computed("SubresourceUris", _subresources, TREE),
    ],
    filters=[
        by("Status", stored=_STORED),
        by("FriendlyName", Match.PART),
        by("DateCreated", Match.FROM_DAY),
        by("DateUpdated", Match.TO_DAY),
    ],
    sortable=("DateCreated", "FriendlyName", "Status"),
    twilio_path="Conferences",
    twilio=[
        shown("Region"),
        computed("ReasonConferenceEnded", _nothing),
        computed("CallSidEndingConference", _nothing),
    ],
    description="Rooms in which calls talk together.",
)
