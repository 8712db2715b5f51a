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
    method,
    parameter,
    shown,
    text,
    uri,
    url,
    url_and_method,
)
from ringback.api.resource import Resource
from ringback.store.applications import ApplicationRecord

#: what Twilio's clients may say of one, beside its URL
_MORE = (
    method("VoiceMethod"),
    *url_and_method("VoiceFallback"),
    *url_and_method("StatusCallback"),
    *url_and_method("Sms"),
    *url_and_method("SmsFallback"),
)

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
        url("RcmlUrl", left_out_when_empty=True, also=("VoiceUrl",)),
        choice("Kind", ("voice", "sms", "ussd"), left_out_when_empty=True),
        *(parameter(item) for item in _MORE),
    ],
    filters=[by("FriendlyName", Match.EQUAL)],
    sortable=("DateCreated", "FriendlyName"),
    twilio_path="Applications",
    twilio=[
        shown("VoiceUrl", attribute="rcml_url"),
        *(shown(name) for name in ("VoiceMethod", "VoiceFallbackUrl", "VoiceFallbackMethod")),
        *(shown(name) for name in ("StatusCallback", "StatusCallbackMethod", "SmsUrl", "SmsMethod")),
        *(shown(name) for name in ("SmsFallbackUrl", "SmsFallbackMethod", "SmsStatusCallback")),
    ],
    description="A document's URL under a name, for numbers and clients to share.",
)
