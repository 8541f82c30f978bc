"""The device to which a session is bound: its public key, by which it goes on after a rest."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the kind of bytes has another name in each database."""
    octets = "BLOB" if op.get_bind().dialect.name == "sqlite" else "BYTEA"
    op.execute(
        f"ALTER TABLE operator_sessions ADD COLUMN device {octets} "
        "CONSTRAINT ck_operator_sessions_device_size CHECK (length(device) = 65)"
    )
