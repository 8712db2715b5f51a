"""Applications: a document's URL under a name, which numbers and clients may share."""

from datetime import datetime

from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape
from ringback.store.urls import TextUrls


class ApplicationRecord(TextUrls, kw_only=True):
    """``kind``: voice, sms or ussd."""

    sid: str
    date_created: datetime
    date_updated: datetime
    account_sid: str
    api_version: str = "2012-04-24"
    friendly_name: str
    voice_caller_id_lookup: bool = False
    rcml_url: str | None = None
    kind: str | None = None
    sms_status_callback: str | None = None


APPLICATIONS = Shape(
    ApplicationRecord, "applications", Index("applications_by_account", "account_sid", "date_created", "id")
)


class Applications(Rows[ApplicationRecord]):
    shape = APPLICATIONS
    keeps = True
