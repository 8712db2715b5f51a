"""Sealed stretches of calls, which every change of a call in them breaks."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
#: what is in a stretch's index
_COLUMNS = '"account_sid", "date_created", "to", "from", "status", "direction", price, duration, start_time, end_time'
#: when, and the call whose stretch it breaks
_EVENTS = {
    "insert": ("INSERT", "NEW"),
    "delete": ("DELETE", "OLD"),
    "update": (f"UPDATE OF {_COLUMNS}", "OLD"),
    "move": ('UPDATE OF "account_sid", "date_created"', "NEW"),
}


def upgrade() -> None:
    op.create_table(
        "stretches",
        sa.Column("id", ID, primary_key=True),
        sa.Column("account_sid", TEXT, nullable=False),
        sa.Column("after", sa.BigInteger, nullable=False),
        sa.Column("upto", sa.BigInteger, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Integer, nullable=False),
        sa.Column("begun", sa.BigInteger, nullable=False),
    )
    op.create_index("stretches_by_account", "stretches", ["account_sid", "upto", "after"])
    op.create_table(
        "stretch_blocks",
        sa.Column("id", ID, primary_key=True),
        sa.Column("stretch_id", sa.BigInteger, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
        sa.Column("last", sa.LargeBinary, nullable=False),
        sa.Column("next", sa.LargeBinary, nullable=False),
        sa.Column("rank", sa.BigInteger, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("before", sa.LargeBinary, nullable=False),
        sa.Column("own", sa.LargeBinary, nullable=False),
        sa.Column("keys", sa.LargeBinary, nullable=True),
    )
    op.create_index("stretch_blocks_by_head", "stretch_blocks", ["stretch_id", "kind", "head", "n"])
    for name, (event, row) in _EVENTS.items():
        _trigger(f"calls_break_stretch_{name}", event, row)


def _trigger(name: str, event: str, row: str) -> None:
    breaks = (
        f"UPDATE stretches SET state = 2 WHERE account_sid = {row}.account_sid"
        f' AND upto >= {row}.date_created AND "after" < {row}.date_created AND state < 2;'
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON calls BEGIN {breaks} END")
        return
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {breaks} RETURN NULL; END $$")
    op.execute(f"CREATE TRIGGER {name} AFTER {event} ON calls FOR EACH ROW EXECUTE FUNCTION {name}()")
