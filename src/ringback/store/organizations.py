"""Organizations: groups of accounts under one domain name."""

from datetime import datetime

import msgspec
from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape


class OrganizationRecord(msgspec.Struct, kw_only=True):
    """``status``: active or closed."""

    sid: str
    date_created: datetime
    date_updated: datetime
    domain_name: str
    status: str = "active"


ORGANIZATIONS = Shape(OrganizationRecord, "organizations", Index("organizations_by_domain", "domain_name", unique=True))


class Organizations(Rows[OrganizationRecord]):
    shape = ORGANIZATIONS
