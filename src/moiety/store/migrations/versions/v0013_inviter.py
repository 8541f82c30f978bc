"""Who invited an operator, so that the event of their coming says by whom."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; both databases take this sentence, and keep the rules that the table has."""
    op.execute(
        "ALTER TABLE invitations ADD COLUMN invited_by VARCHAR(32) "
        "CONSTRAINT ck_invitations_invited_by_size CHECK (length(invited_by) = 32)"
    )
