"""Which very code a share belongs to, so that nobody gets it who knows no more than an identifier."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; shares from before have none, and are bound by the issuer alone."""
    kind = sa.LargeBinary().compile(dialect=op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE shares ADD COLUMN commitment {kind} "
        "CONSTRAINT ck_shares_commitment_size CHECK (length(commitment) = 32)"
    )
