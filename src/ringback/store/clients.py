"""Clients: an account's SIP users. Specification, tables 4.7 to 4.9."""

from datetime import datetime

from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape
from ringback.store.urls import VoiceUrls


class ClientRecord(VoiceUrls, kw_only=True):
    """``status`` "1": enabled, "0": disabled. ``login`` is unique over all accounts."""

    sid: str
    date_created: datetime
    date_updated: datetime
    account_sid: str
    api_version: str = "2012-04-24"
    friendly_name: str
    login: str
    password: str
    status: str = "1"
    voice_url: str | None = None
    voice_application_sid: str | None = None
    push_client_identity: str | None = None


CLIENTS = Shape(
    ClientRecord,
    "clients",
    Index("clients_by_login", "login", unique=True),
    Index("clients_by_account", "account_sid", "date_created", "id"),
)


class Clients(Rows[ClientRecord]):
    shape = CLIENTS
    keeps = True
    counted = True
