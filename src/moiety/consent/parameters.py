"""Every period and size that consent and retention go by, with the law or the reason it comes from."""

from __future__ import annotations

from typing import Final

DAY_S: Final = 86_400

CONSENT_DAYS: Final = 365
"""A consent lasts a year unless the site says otherwise: the lifetime of a code (ISSUE_DAYS)."""

CHILD_DAYS: Final = 180
"""A child's consent lasts half a year at most by default: a growing face changes, and so does a child's mind.
GDPR, recital 38, asks for specific protection and names no number; this one is our choice."""

CHILD_DAYS_MOST: Final = 365
"""No site may set a child's period longer than a year: our rule."""

SECRET_BYTES: Final = 16
"""A withdrawal secret has 128 bits (NIST SP 800-63B-4, 3.1.2: a look-up secret of 112 bits or more needs no
slow hash), so that its SHA-256 at the service tells nothing."""

RECEIPT_BYTES: Final = 32_768
"""The largest receipt that is read: ours have about 4 KB."""

SETTINGS_BYTES: Final = 65_536

IDLE_DAYS: Final = 1095
"""Three years from the last interaction. In Illinois this is the law's limit (740 ILCS 14/15(a)); elsewhere
it is our choice: a code that nobody has used for so long is forgotten, not wanted."""

GDPR_IDLE_DAYS: Final = 730
"""GDPR, article 5(1)(e), names no number: kept no longer than is necessary. Two years are our choice."""

AFTER_END_DAYS: Final = 30
"""A record is erased so many days after its consent ended. GDPR, article 12(3), with 17(1)(b): without undue
delay, within one month of the request. The days leave time to notice an error or a crime."""

BIPA_AFTER_END_MOST: Final = 1825
"""A site in Illinois may keep the written release, which holds no biometrics, for the five years in which it
can be sued (Tims v. Black Horse Carriers, 2023 IL 127801)."""

CUBI_AFTER_END_MOST: Final = 365
"""Texas Business and Commerce Code 503.001(c)(3): not later than the first anniversary of the date on which
the purpose expires."""

EVENT_BODY_DAYS: Final = 365
"""Details of events: CNIL, deliberation 2021-122 on logging, advises six months to a year."""

FALLBACK_COUNT_DAYS: Final = 730
"""Two years of daily counts let a site compare a year with the one before. They tell of no person."""

CEREMONY_DAYS: Final = 1
"""Times of finished captures: our choice, as short as an attempt counter's window."""
