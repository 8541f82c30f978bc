"""Consents, the notices they rest on, and the count of the way without biometrics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _fallbacks()
    _notices()
    _consents()


def _fallbacks() -> None:
    op.create_table(
        "fallbacks",
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(stage) BETWEEN 1 AND 16", name=op.f("ck_fallbacks_stage_size")),
        sa.PrimaryKeyConstraint("day", "stage", name=op.f("pk_fallbacks")),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("told", sa.String(length=8192), nullable=False),
        sa.Column("first_used", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(digest) = 32", name=op.f("ck_notices_digest_size")),
        sa.CheckConstraint("length(language) BETWEEN 2 AND 8", name=op.f("ck_notices_language_size")),
        sa.CheckConstraint("length(told) BETWEEN 2 AND 8192", name=op.f("ck_notices_told_size")),
        sa.CheckConstraint("length(version) BETWEEN 1 AND 16", name=op.f("ck_notices_version_size")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_notices")),
    )


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("record_id", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(length=500), nullable=False),
        sa.Column("modalities", sa.String(length=16), nullable=False),
        sa.Column("notice", sa.LargeBinary(), nullable=False),
        sa.Column("guardian", sa.String(length=16), nullable=True),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ending", sa.String(length=16), nullable=True),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("cti", sa.LargeBinary(), nullable=True),
        sa.Column("seen_day", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (state = 'given')", name=op.f("ck_consents_ended_or_given")),
        sa.CheckConstraint("length(cti) = 16", name=op.f("ck_consents_cti_size")),
        sa.CheckConstraint("length(ending) BETWEEN 1 AND 16", name=op.f("ck_consents_ending_size")),
        sa.CheckConstraint("length(guardian) BETWEEN 1 AND 16", name=op.f("ck_consents_guardian_size")),
        sa.CheckConstraint("length(modalities) BETWEEN 4 AND 16", name=op.f("ck_consents_modalities_size")),
        sa.CheckConstraint("length(purpose) BETWEEN 3 AND 500", name=op.f("ck_consents_purpose_size")),
        sa.CheckConstraint("length(record_id) = 16", name=op.f("ck_consents_record_id_size")),
        sa.CheckConstraint("length(salt) = 16", name=op.f("ck_consents_salt_size")),
        sa.CheckConstraint("length(secret_hash) = 32", name=op.f("ck_consents_secret_hash_size")),
        sa.CheckConstraint("length(state) BETWEEN 1 AND 16", name=op.f("ck_consents_state_size")),
        sa.ForeignKeyConstraint(["notice"], ["notices.digest"], name=op.f("fk_consents_notice")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_consents")),
        sa.UniqueConstraint("cti", name=op.f("uq_consents_cti")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_consents_secret_hash")),
    )
    op.create_index(op.f("ix_consents_ended_at"), "consents", ["ended_at"], unique=False)
    op.create_index(op.f("ix_consents_expires_at"), "consents", ["expires_at"], unique=False)
    op.create_index(
        "ix_consents_given",
        "consents",
        ["seen_day"],
        unique=False,
        sqlite_where=sa.text("state = 'given'"),
        postgresql_where=sa.text("state = 'given'"),
    )
    op.create_index(op.f("ix_consents_notice"), "consents", ["notice"], unique=False)
