"""Who added an API client, so that it ends with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; clients from before have no owner, and end when any operator is removed."""
    kind = sa.String(32).compile(dialect=op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE api_clients ADD COLUMN owner {kind} "
        "CONSTRAINT ck_api_clients_owner_size CHECK (length(owner) = 32)"
    )
