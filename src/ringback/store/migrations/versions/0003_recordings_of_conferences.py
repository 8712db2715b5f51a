"""Recordings of a conference are found by an index."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("recordings_by_conference", "recordings", ["conference_sid", "date_created", "id"])
