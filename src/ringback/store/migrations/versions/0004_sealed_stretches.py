"""Sealed stretches of calls, with their indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


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
