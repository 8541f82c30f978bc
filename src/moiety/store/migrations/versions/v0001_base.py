"""The first tables: events, operators, ceremonies, limits, places."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _events()
    _operators()
    _passkeys()
    _invitations()
    _sessions()
    _ceremonies()
    _limits()
    _places()


def _events() -> None:
    op.create_table(
        "events",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("event_id", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("length(body) BETWEEN 2 AND 4096", name=op.f("ck_events_body_size")),
        sa.CheckConstraint("length(commitment) = 32", name=op.f("ck_events_commitment_size")),
        sa.CheckConstraint("length(event_id) = 16", name=op.f("ck_events_event_id_size")),
        sa.CheckConstraint("length(kind) BETWEEN 1 AND 32", name=op.f("ck_events_kind_size")),
        sa.CheckConstraint("length(salt) = 32", name=op.f("ck_events_salt_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_events_event_id")),
        sa.UniqueConstraint("leaf", name=op.f("uq_events_leaf")),
    )


def _operators() -> None:
    op.create_table(
        "operators",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("roles", sa.String(length=64), nullable=False),
        sa.Column("oidc_issuer", sa.String(length=255), nullable=True),
        sa.Column("oidc_subject", sa.String(length=255), nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_operators_id_size")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name=op.f("ck_operators_name_size")),
        sa.CheckConstraint(
            "length(oidc_issuer) BETWEEN 1 AND 255", name=op.f("ck_operators_oidc_issuer_size")
        ),
        sa.CheckConstraint(
            "length(oidc_subject) BETWEEN 1 AND 255", name=op.f("ck_operators_oidc_subject_size")
        ),
        sa.CheckConstraint("length(roles) BETWEEN 1 AND 64", name=op.f("ck_operators_roles_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operators")),
        sa.UniqueConstraint(
            "oidc_issuer", "oidc_subject", name=op.f("uq_operators_oidc_issuer_oidc_subject")
        ),
    )


def _passkeys() -> None:
    op.create_table(
        "passkeys",
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "length(credential_id) BETWEEN 1 AND 1023", name=op.f("ck_passkeys_credential_id_size")
        ),
        sa.CheckConstraint("length(public_key) BETWEEN 32 AND 512", name=op.f("ck_passkeys_public_key_size")),
        sa.ForeignKeyConstraint(["operator"], ["operators.id"], name=op.f("fk_passkeys_operator")),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_passkeys")),
    )
    op.create_index(op.f("ix_passkeys_operator"), "passkeys", ["operator"], unique=False)


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("roles", sa.String(length=64), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("length(code_hash) = 32", name=op.f("ck_invitations_code_hash_size")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name=op.f("ck_invitations_name_size")),
        sa.CheckConstraint("length(roles) BETWEEN 1 AND 64", name=op.f("ck_invitations_roles_size")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_invitations")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=True),
        sa.Column("invitation", sa.LargeBinary(), nullable=True),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(challenge) = 32", name=op.f("ck_sign_ins_challenge_size")),
        sa.CheckConstraint("length(id_hash) = 32", name=op.f("ck_sign_ins_id_hash_size")),
        sa.CheckConstraint("length(invitation) = 32", name=op.f("ck_sign_ins_invitation_size")),
        sa.CheckConstraint("length(kind) BETWEEN 1 AND 16", name=op.f("ck_sign_ins_kind_size")),
        sa.CheckConstraint("length(verifier) BETWEEN 43 AND 128", name=op.f("ck_sign_ins_verifier_size")),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_expires"), "sign_ins", ["expires"], unique=False)


def _sessions() -> None:
    op.create_table(
        "operator_sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=False),
        sa.Column("csrf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("length(csrf_hash) = 32", name=op.f("ck_operator_sessions_csrf_hash_size")),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_operator_sessions_id_size")),
        sa.CheckConstraint("length(token_hash) = 32", name=op.f("ck_operator_sessions_token_hash_size")),
        sa.ForeignKeyConstraint(["operator"], ["operators.id"], name=op.f("fk_operator_sessions_operator")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_operator_sessions")),
        sa.UniqueConstraint("id", name=op.f("uq_operator_sessions_id")),
    )
    op.create_index(op.f("ix_operator_sessions_expires"), "operator_sessions", ["expires"], unique=False)
    op.create_index(op.f("ix_operator_sessions_operator"), "operator_sessions", ["operator"], unique=False)
    op.create_table(
        "api_clients",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("roles", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_api_clients_id_size")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name=op.f("ck_api_clients_name_size")),
        sa.CheckConstraint("length(roles) BETWEEN 1 AND 64", name=op.f("ck_api_clients_roles_size")),
        sa.CheckConstraint("length(token_hash) = 32", name=op.f("ck_api_clients_token_hash_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_clients")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_clients_token_hash")),
    )


def _ceremonies() -> None:
    op.create_table(
        "ceremonies",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("nonce_hash", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.Column("bound", sa.LargeBinary(), nullable=True),
        sa.Column("options", sa.String(length=256), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(actor) = 32", name=op.f("ck_ceremonies_actor_size")),
        sa.CheckConstraint("length(bound) = 32", name=op.f("ck_ceremonies_bound_size")),
        sa.CheckConstraint("length(id) = 16", name=op.f("ck_ceremonies_id_size")),
        sa.CheckConstraint("length(kind) BETWEEN 1 AND 8", name=op.f("ck_ceremonies_kind_size")),
        sa.CheckConstraint("length(nonce_hash) = 32", name=op.f("ck_ceremonies_nonce_hash_size")),
        sa.CheckConstraint("length(options) BETWEEN 2 AND 256", name=op.f("ck_ceremonies_options_size")),
        sa.CheckConstraint("length(state) BETWEEN 1 AND 12", name=op.f("ck_ceremonies_state_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ceremonies")),
    )
    op.create_index(op.f("ix_ceremonies_expires"), "ceremonies", ["expires"], unique=False)


def _limits() -> None:
    op.create_table(
        "limits",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("period", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(kind) BETWEEN 1 AND 16", name=op.f("ck_limits_kind_size")),
        sa.CheckConstraint("length(subject) = 32", name=op.f("ck_limits_subject_size")),
        sa.PrimaryKeyConstraint("kind", "subject", "period", name=op.f("pk_limits")),
    )
    op.create_index(op.f("ix_limits_expires"), "limits", ["expires"], unique=False)
    op.create_table(
        "daily_keys",
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(key) = 32", name=op.f("ck_daily_keys_key_size")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_daily_keys")),
    )


def _places() -> None:
    op.create_table(
        "places",
        sa.Column("list", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cti", sa.LargeBinary(), nullable=True),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(cti) = 16", name=op.f("ck_places_cti_size")),
        sa.CheckConstraint("status BETWEEN 0 AND 3", name=op.f("ck_places_status_known")),
        sa.PrimaryKeyConstraint("list", "place", name=op.f("pk_places")),
        sa.UniqueConstraint("cti", name=op.f("uq_places_cti")),
    )
    op.create_index(
        "ix_places_not_valid",
        "places",
        ["list", "place"],
        unique=False,
        sqlite_where=sa.text("status != 0"),
        postgresql_where=sa.text("status != 0"),
    )
    op.create_table(
        "status_lists",
        sa.Column("list", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list", name=op.f("pk_status_lists")),
    )
