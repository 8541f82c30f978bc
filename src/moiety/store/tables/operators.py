"""Who may use the service: operators with passkeys or OIDC subjects, invitations, sessions, API clients.

Secrets are never here, only their SHA-256; they are random and of 256 bits, so that a slow hash adds nothing.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Table, UniqueConstraint, false

from moiety.store.parameters import (
    DEVICE_KEY_BYTES,
    HASH_BYTES,
    NAME_LENGTH,
    PASSKEY_ID_BYTES,
    PASSKEY_KEY_BYTES,
)
from moiety.store.tables.base import metadata, moment, octets, sized, text

ID_LENGTH: Final = 32
ROLES_LENGTH: Final = 64
SCOPES_LENGTH: Final = 128
SUBJECT_LENGTH: Final = 255

operators: Final = Table(
    "operators",
    metadata,
    text("id", ID_LENGTH, primary_key=True),
    text("name", NAME_LENGTH),
    text("roles", ROLES_LENGTH),
    text("oidc_issuer", SUBJECT_LENGTH, nullable=True),
    text("oidc_subject", SUBJECT_LENGTH, nullable=True),
    moment("added_at"),
    moment("removed_at", nullable=True),
    UniqueConstraint("oidc_issuer", "oidc_subject"),
    sized("id", ID_LENGTH),
    sized("name", 1, NAME_LENGTH),
    sized("roles", 1, ROLES_LENGTH),
    sized("oidc_issuer", 1, SUBJECT_LENGTH),
    sized("oidc_subject", 1, SUBJECT_LENGTH),
)

passkeys: Final = Table(
    "passkeys",
    metadata,
    octets("credential_id", primary_key=True),
    Column("operator", ForeignKey("operators.id"), nullable=False, index=True),
    octets("public_key"),
    Column("sign_count", BigInteger, nullable=False),
    Column("backed_up", Boolean, nullable=False),
    moment("added_at"),
    moment("used_at", nullable=True),
    sized("credential_id", 1, PASSKEY_ID_BYTES),
    sized("public_key", 32, PASSKEY_KEY_BYTES),
)

invitations: Final = Table(
    "invitations",
    metadata,
    octets("code_hash", primary_key=True),
    text("name", NAME_LENGTH),
    text("roles", ROLES_LENGTH),
    text("invited_by", ID_LENGTH, nullable=True),
    moment("expires"),
    moment("used_at", nullable=True),
    sized("code_hash", HASH_BYTES),
    sized("name", 1, NAME_LENGTH),
    sized("roles", 1, ROLES_LENGTH),
    sized("invited_by", ID_LENGTH),
)

sign_ins: Final = Table(
    "sign_ins",
    metadata,
    octets("id_hash", primary_key=True),
    text("kind", 16),
    octets("challenge"),
    text("verifier", 128, nullable=True),  # PKCE (RFC 7636), for the minutes that an OIDC sign-in takes
    octets("invitation", nullable=True),
    moment("expires", index=True),
    sized("id_hash", HASH_BYTES),
    sized("kind", 1, 16),
    sized("challenge", HASH_BYTES),
    sized("verifier", 43, 128),
    sized("invitation", HASH_BYTES),
)

operator_sessions: Final = Table(
    "operator_sessions",
    metadata,
    octets("token_hash", primary_key=True),
    text("id", ID_LENGTH, unique=True),
    Column("operator", ForeignKey("operators.id"), nullable=False, index=True),
    octets("csrf_hash"),
    moment("begun_at"),
    moment("seen_at"),
    moment("expires", index=True),
    moment("ended_at", nullable=True),
    octets("device", nullable=True),  # a P-256 public key that wakes a session which rested (X9.62, 65 bytes)
    sized("token_hash", HASH_BYTES),
    sized("id", ID_LENGTH),
    sized("csrf_hash", HASH_BYTES),
    sized("device", DEVICE_KEY_BYTES),
)

api_clients: Final = Table(
    "api_clients",
    metadata,
    text("id", ID_LENGTH, primary_key=True),
    text("name", NAME_LENGTH),
    text("roles", ROLES_LENGTH),
    octets("token_hash", unique=True),
    moment("added_at"),
    moment("expires"),
    moment("used_at", nullable=True),
    moment("removed_at", nullable=True),
    Column("captures", Boolean, nullable=False, server_default=false()),
    text("owner", ID_LENGTH, nullable=True),  # who added it; it ends with them
    sized("id", ID_LENGTH),
    sized("name", 1, NAME_LENGTH),
    sized("roles", 1, ROLES_LENGTH),
    sized("token_hash", HASH_BYTES),
    sized("owner", ID_LENGTH),
)
