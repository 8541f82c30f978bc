"""Every tuned number of the decision part, with where it came from."""

from __future__ import annotations

from typing import Final

DEFAULT_FMR: Final = 1e-4
"""NIST SP 800-63B-4, section 3.2.3, asks for an FMR of 1 in 10,000 or better."""

FMR_HIGHEST: Final = 1e-2
FMR_LOWEST: Final = 1e-6
"""What a policy may ask for: above, nothing is verified; below, no table can show it."""

MAX_STATUS_AGE_S: Final = 30 * 86_400
"""A verifier that works offline for weeks must still work; older lists are refused. Sites shorten it."""

SELF_CHECK_FMR: Final = 1e-4
"""Pictures of one enrolment must match each other at this FMR, the default policy's."""

POOR_PORTRAIT_SHARE: Final = 0.1
"""Share of the asked rate at which a face must match a poor portrait. The measured sets say nothing of age or
of print: a tenth puts a decade between what was asked and what no data show (docs/reference/documents.md)."""

AFTER_THEFT_SHARE: Final = 0.1
"""Share of the asked rate at which a holder must match to renew a code whose group's key was stolen. It is a
choice, not a fit: the thief may hold the template, so the operator's look at a document carries more."""

SAME_HAND_PENALTY: Final = 0.5
"""Share by which each further finger's log-likelihood ratio of one hand is reduced: fingers of one capture
share focus, light and dryness, so their errors are not independent. A stated prudence, not a fit."""
