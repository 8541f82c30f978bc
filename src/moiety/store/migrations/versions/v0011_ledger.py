"""The ledger: its tiles and its newest checkpoint."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ledger_tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(hashes) BETWEEN 32 AND 8192", name=op.f("ck_ledger_tiles_hashes_size")),
        sa.PrimaryKeyConstraint("level", "place", name=op.f("pk_ledger_tiles")),
    )
    op.create_table(
        "ledger_heads",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("cosigned", sa.LargeBinary(), nullable=True),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "length(cosigned) BETWEEN 1 AND 65536", name=op.f("ck_ledger_heads_cosigned_size")
        ),
        sa.CheckConstraint("length(note) BETWEEN 1 AND 65536", name=op.f("ck_ledger_heads_note_size")),
        sa.CheckConstraint("length(origin) BETWEEN 1 AND 200", name=op.f("ck_ledger_heads_origin_size")),
        sa.CheckConstraint("number = 1", name=op.f("ck_ledger_heads_one_log")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger_heads")),
    )
    op.create_index(
        "ix_events_waiting",
        "events",
        ["id"],
        unique=False,
        sqlite_where=sa.text("leaf IS NULL"),
        postgresql_where=sa.text("leaf IS NULL"),
    )
