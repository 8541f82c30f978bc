"""Visits, apart from the events that tell of them, until they are noted with their consents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sightings",
        sa.Column("cti", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(cti) = 16", name=op.f("ck_sightings_cti_size")),
    )
    op.create_index(op.f("ix_sightings_day"), "sightings", ["day"])
