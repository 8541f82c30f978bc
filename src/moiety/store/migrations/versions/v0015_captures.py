"""Frames that were used, and which API clients may send captures: none of those from before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and add the column."""
    op.create_table(
        "used_frames",
        sa.Column("frame", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(frame) = 16", name=op.f("ck_used_frames_frame_size")),
        sa.PrimaryKeyConstraint("frame", name=op.f("pk_used_frames")),
    )
    op.create_index(op.f("ix_used_frames_day"), "used_frames", ["day"], unique=False)
    op.add_column(
        "api_clients", sa.Column("captures", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
