"""Applications: a document's URL under a name, for numbers and clients to share."""

from ringback.api.filter import Match, by
from ringback.api.property import (
    ACCOUNT_SID,
    API_VERSION_GIVEN,
    DATE_CREATED,
    DATE_UPDATED,
    SID,
    choice,
    flag,
    text,
    uri,
    url,
)
from ringback.api.resource import Resource
from ringback.store.applications import ApplicationRecord

APPLICATIONS = Resource(
    path="Applications",
    element="Application",
    prefix="AP",
    record=ApplicationRecord,
    rows=lambda store: store.applications,
    properties=[
        SID,
        DATE_CREATED,
        DATE_UPDATED,
        text("FriendlyName", most=64, required=True),
        ACCOUNT_SID,
        API_VERSION_GIVEN,
        flag("VoiceCallerIdLookup", default=False),
        uri("Applications"),
        url("RcmlUrl", left_out_when_empty=True),
        choice("Kind", ("voice", "sms", "ussd"), left_out_when_empty=True),
    ],
    filters=[by("FriendlyName", Match.EQUAL)],
    sortable=("DateCreated", "FriendlyName"),
    twilio_path="Applications",
    description="A document's URL under a name, for numbers and clients to share.",
)
