"""Notifications: what went wrong in calls and requests. Specification, table 4.24."""

from ringback.api.filter import Match, by
from ringback.api.kind import MOMENT, whole
from ringback.api.problem import more_info
from ringback.api.property import (
    ACCOUNT_SID,
    API_VERSION_SHOWN,
    DATE_CREATED,
    DATE_UPDATED,
    SID,
    computed,
    shown,
    uri,
)
from ringback.api.resource import Resource
from ringback.api.within import Within
from ringback.store.notifications import NotificationRecord

NOTIFICATIONS = Resource(
    path="Notifications",
    element="Notification",
    prefix="NO",
    record=NotificationRecord,
    rows=lambda store: store.notifications,
    deeds=frozenset({"list", "read"}),
    within=(Within("Calls", "call_sid", lambda store: store.calls),),
    properties=[
        SID,
        DATE_CREATED,
        DATE_UPDATED,
        ACCOUNT_SID,
        shown("CallSid", left_out_when_empty=True),
        API_VERSION_SHOWN,
        shown("Log", whole(), text_in_twilio=True),
        shown("ErrorCode", whole(), text_in_twilio=True),
        computed("MoreInfo", lambda note, _dialect, _json: note.more_info or more_info(note.error_code)),
        shown("MessageText"),
        shown("MessageDate", MOMENT),
        shown("RequestUrl"),
        shown("RequestMethod"),
        shown("RequestVariables"),
        shown("ResponseHeaders"),
        shown("ResponseBody"),
        uri("Notifications"),
        shown("Line", whole(), left_out_when_empty=True),
        shown("Column", whole(), left_out_when_empty=True),
    ],
    filters=[
        by("StartTime", Match.FROM_DAY, "date_created"),
        by("EndTime", Match.TO_DAY, "date_created"),
        by("ErrorCode", Match.WHOLE_NUMBER),
        by("RequestUrl"),
        by("MessageText", Match.PART),
        by("Log", Match.WHOLE_NUMBER),
        by("MessageDate", Match.DAY),
    ],
    sortable=("DateCreated", "Log", "ErrorCode", "CallSid", "MessageText"),
    twilio_path="Notifications",
    description="What went wrong while calls and requests were handled; MoreInfo leads to the dictionary of errors.",
)
