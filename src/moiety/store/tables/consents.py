"""Consents and the notices they rest on, and how often the way without biometrics was taken. No names."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, text

from moiety.store.parameters import (
    HASH_BYTES,
    IDENTIFIER_BYTES,
    LANGUAGE_LENGTH,
    NOTICE_LENGTH,
    PURPOSE_LENGTH,
    VERSION_LENGTH,
    WORD_LENGTH,
)
from moiety.store.tables.base import metadata, moment, octets, sized
from moiety.store.tables.base import text as words

notices: Final = Table(
    "notices",
    metadata,
    octets("digest", primary_key=True),
    words("version", VERSION_LENGTH),
    words("language", LANGUAGE_LENGTH),
    words("told", NOTICE_LENGTH),  # the notice as it was read, whole: canonical JSON
    moment("first_used"),
    sized("digest", HASH_BYTES),
    sized("version", 1, VERSION_LENGTH),
    sized("language", 2, LANGUAGE_LENGTH),
    sized("told", 2, NOTICE_LENGTH),
)

consents: Final = Table(
    "consents",
    metadata,
    octets("record_id", primary_key=True),
    octets("salt"),  # as long as the record stays: with it goes every tie to the code
    words("purpose", PURPOSE_LENGTH),
    words("modalities", WORD_LENGTH),
    Column("notice", ForeignKey("notices.digest"), nullable=False, index=True),
    words("guardian", WORD_LENGTH, nullable=True),  # who to the child; null for a grown person
    moment("given_at"),
    moment("expires_at", index=True),
    words("state", WORD_LENGTH),
    moment("ended_at", nullable=True, index=True),
    words("ending", WORD_LENGTH, nullable=True),
    octets("secret_hash", unique=True),
    octets("cti", nullable=True, unique=True),  # the code that rests on it, once there is one
    Column("seen_day", BigInteger, nullable=False),  # the last interaction, to the day
    sized("record_id", IDENTIFIER_BYTES),
    sized("salt", IDENTIFIER_BYTES),
    sized("purpose", 3, PURPOSE_LENGTH),
    sized("modalities", 4, WORD_LENGTH),
    sized("guardian", 1, WORD_LENGTH),
    sized("state", 1, WORD_LENGTH),
    sized("ending", 1, WORD_LENGTH),
    sized("secret_hash", HASH_BYTES),
    sized("cti", IDENTIFIER_BYTES),
    CheckConstraint("(ended_at IS NULL) = (state = 'given')", name="ended_or_given"),
)
Index(
    "ix_consents_given",
    consents.c.seen_day,
    sqlite_where=text("state = 'given'"),
    postgresql_where=text("state = 'given'"),
)

fallbacks: Final = Table(
    "fallbacks",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),  # days since 1970 (UTC)
    words("stage", WORD_LENGTH, primary_key=True),
    Column("times", Integer, nullable=False),
    sized("stage", 1, WORD_LENGTH),
)
