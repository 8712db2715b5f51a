"""The table of facts about this installation: named texts."""

from sqlalchemy import Column, Table

from ringback.store.table import METADATA, TEXT

FACTS = Table("facts", METADATA, Column("name", TEXT, primary_key=True), Column("value", TEXT, nullable=False))
