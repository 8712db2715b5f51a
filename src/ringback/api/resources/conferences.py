"""Conferences, and who takes part in them."""

from typing import Any

from ringback.api.dialect import Dialect
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
    return {"Participants": f"{place}/Participants" + (".json" if as_json else "")}


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
        shown("Status"),
        API_VERSION_SHOWN,
        shown("FriendlyName"),
        uri("Conferences"),
        computed("SubresourceUris", _subresources, TREE),
    ],
    filters=[
        by("Status"),
        by("FriendlyName", Match.PART),
        by("DateCreated", Match.FROM_DAY),
        by("DateUpdated", Match.TO_DAY),
    ],
    sortable=("DateCreated", "FriendlyName", "Status"),
    twilio_path="Conferences",
    description="Rooms in which calls talk together.",
)
