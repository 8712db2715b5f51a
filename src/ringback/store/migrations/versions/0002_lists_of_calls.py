"""Lists of calls stay flat with filters: indexes, and counts of To and From by day of start and status."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

OVER_DAYS = (
    "(end_time IS NULL OR start_time IS NULL OR end_time / 86400000 <> start_time / 86400000"
    " OR end_time / 86400000 <> date_created / 86400000)"
)
_COUNT = "INSERT INTO counts (kind, account_sid, key1, key2, n, total) VALUES (:kind, :account, :key1, :key2, :n, 0)"


def upgrade() -> None:
    for name in ("calls_by_to", "calls_by_from", "calls_open"):
        op.drop_index(name, "calls")
    op.create_index("calls_by_to", "calls", ["account_sid", "to", "date_created", "id", "from"])
    op.create_index("calls_by_from", "calls", ["account_sid", "from", "date_created", "id", "to"])
    op.create_index("calls_by_start", "calls", ["account_sid", "start_time"])
    op.create_index("calls_by_direction", "calls", ["account_sid", "direction", "date_created", "id"])
    for field, least in (("duration", "-1"), ("price", "''")):
        value = sa.text(f"coalesce({field}, {least})")
        op.create_index(f"calls_by_{field}", "calls", ["account_sid", value, "date_created", "id"])
    op.create_index(
        "calls_over_days",
        "calls",
        ["account_sid", "date_created", "id"],
        sqlite_where=sa.text(OVER_DAYS),
        postgresql_where=sa.text(OVER_DAYS),
    )
    op.execute("DELETE FROM counts WHERE kind LIKE 'calls.to%' OR kind LIKE 'calls.from%'")
    for field in ("to", "from"):
        _count(field)


def _count(field: str) -> None:
    """Once for each value; and for each with day of start and final status."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            f'SELECT account_sid, "{field}", start_time / 86400000, status, count(*) FROM calls GROUP BY 1, 2, 3, 4'
        )
    )
    values: dict[tuple[str, str], int] = {}
    for account, value, day, status, n in rows.all():
        values[account, value] = values.get((account, value), 0) + n
        if status not in ("queued", "ringing", "in-progress"):
            date = "" if day is None else datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%d")
            _insert(f"calls.{field}.days", account, value, f"{date} {status}", n)
    for (account, value), n in values.items():
        _insert(f"calls.{field}", account, value, "", n)


def _insert(kind: str, account: str, value: str, key2: str, n: int) -> None:
    row = {"kind": kind, "account": account, "key1": value[::-1], "key2": key2, "n": n}
    op.get_bind().execute(sa.text(_COUNT), row)
