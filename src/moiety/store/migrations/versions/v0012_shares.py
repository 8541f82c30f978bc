"""Key shares of blind codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "shares",
        sa.Column("cti", sa.LargeBinary(), nullable=False),
        sa.Column("share", sa.LargeBinary(), nullable=False),
        sa.Column("pin_salt", sa.LargeBinary(), nullable=True),
        sa.Column("pin_hash", sa.LargeBinary(), nullable=True),
        sa.Column("pin_failures", sa.Integer(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(cti) = 16", name=op.f("ck_shares_cti_size")),
        sa.CheckConstraint("length(pin_hash) = 32", name=op.f("ck_shares_pin_hash_size")),
        sa.CheckConstraint("length(pin_salt) = 16", name=op.f("ck_shares_pin_salt_size")),
        sa.CheckConstraint("length(share) = 32", name=op.f("ck_shares_share_size")),
        sa.CheckConstraint("pin_failures >= 0", name=op.f("ck_shares_pin_failures_counted")),
        sa.PrimaryKeyConstraint("cti", name=op.f("pk_shares")),
    )
