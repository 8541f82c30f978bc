"""Every tuned number of the service, with where it comes from."""

from __future__ import annotations

from typing import Final

from moiety.liveness.parameters import MOST_ATTEMPTS
from moiety.store.limits import DAY_S, Limit

SESSION_S: Final = 12 * 3600
"""A working day. NIST SP 800-63B-4, section 2.2.3 (AAL2): sign in again after 24 hours at most."""

SESSION_IDLE_S: Final = 1800
"""NIST SP 800-63B-4, section 2.2.3: after an hour of inactivity at most; a shared desk asks for less."""

SESSION_SEEN_S: Final = 60
"""That a session is in use is noted once a minute, not at every request."""

SIGN_IN_S: Final = 300
"""A passkey prompt or an OIDC provider's page answers within minutes."""

INVITATION_S: Final = 24 * 3600
FIRST_RUN_S: Final = 3600
"""An invitation is handed over within a day; whoever starts the service sits before it."""

CLIENT_MOST_DAYS: Final = 366
"""A token ends within a year or so, and is replaced."""

LIMIT_CREDENTIAL: Final = Limit("credential", 10, 900)
"""Per code: NIST SP 800-63B-4, section 3.2.3, ends biometric attempts at 5, or at 10 with PAD. A person who
fails ten times in a quarter of an hour needs another way, not another try."""

LIMIT_CREDENTIAL_DAY: Final = Limit("credential-day", 30, DAY_S)
"""Per code and day. At FMR 1e-4 thirty impostor attempts succeed with probability 0.3 % in all."""

LIMIT_LIVENESS: Final = Limit("liveness", MOST_ATTEMPTS, 900)
LIMIT_LIVENESS_DAY: Final = Limit("liveness-day", 3 * MOST_ATTEMPTS, DAY_S)
"""Per code, or consent at an enrolment: challenges begun that did not show a live person. Three end a
session: all published rates of attacks count three attempts. Three sessions a day; then the desk has to help.
BPCER at the first attempt is 2.1 % (docs/reference/liveness-accuracy.md)."""

LIMIT_OPERATOR: Final = Limit("operator", 120, 3600)
"""Per operator or client: two ceremonies a minute is more than any desk does."""

LIMIT_CLIENT: Final = Limit("client", 20_000, 3600)
"""Per API client, which may stand for many desks: five a second."""

LIMIT_SIGN_IN: Final = Limit("sign-in", 30, 900)
"""Wrong invitations per address, or IPv6 network of 64 bits: guessing 128 bits is hopeless anyway; this keeps
the noise down. A right one is never refused."""

LIMIT_PASSKEY: Final = Limit("passkey", 30, 60)
"""Sign-ins begun per address. It bounds the rows that wait for an answer, not guesses, and a minute is short:
nobody is kept from signing in for longer by what others do at the same address."""

SMALL_BODY: Final = 64 * 1024
"""A JSON request: the longest holds a code's text (4,296 characters at most) or a passkey's answer."""

DOCUMENT_BODY: Final = 1024 * 1024
"""A presented document as JSON: a mobile document with a large portrait, in base64."""

CAPTURE_BODY: Final = 64 * 1024 * 1024
"""A capture: five photographs of a phone and two hands; all in memory."""

MOST_FRAMES: Final = 200
"""20 seconds at 10 frames a second: longer than any challenge of the practice pages."""

BODY_TIMEOUT_S: Final = 60
"""A slow line brings 16 MB in a minute at 2 Mbit/s; longer than that is an attack or hopeless."""

BODY_GRACE_S: Final = 5
BODY_BYTES_A_SECOND: Final = 16 * 1024
"""After five seconds a body has to come at 128 kbit/s at least, a fifth of what a capture of 3 MB needs to
arrive in its minute."""

LARGE_BODY: Final = 1024 * 1024
"""From here on a body is looked at before it's read, and counts in the budget. A photograph to verify has 100
to 400 kB, and pays for neither."""

UPLOAD_BYTES: Final = 160 * 1024 * 1024
"""Large bodies of one process at once, as announced. Parsed, each takes at most 1.5 times its size."""

UPLOAD_BYTES_OF_ONE: Final = 64 * 1024 * 1024
"""Of these one operator or client has at most so many, or one upload of any size."""

UPLOADS_OF_ONE: Final = 16
"""Large uploads of one operator or client, those that wait included: the desks behind one client send a
capture of about 3 MB each."""

UPLOAD_WAIT_S: Final = 15
"""How long an upload waits for room before it's refused, to be tried again."""

WAITING: Final = 16
"""Captures that may wait for a core, each under a second of work: the last waits some seconds."""

WAIT_S: Final = 20
TRUST_MAX_AGE_S: Final = 3600
"""How long a cache may keep a trust file or a status list: a revocation is seen an hour later at most."""

LIMIT_WITHDRAWAL: Final = Limit("withdrawal", 20, 900)
"""Wrong secrets per address, or IPv6 network of 64 bits: 128 bits aren't guessed anyway. Slips in typing are
told apart and not counted; a right secret is never refused."""

LIMIT_PRACTICE: Final = Limit("practice", 60, 3600)
"""Per person who practises: one of their own captures a minute. It is apart from the desk's limit, which
practice must not use up."""

PRACTICE_LATE_S: Final = 30
"""How long after its last prompt the frames of a practice challenge may arrive: over a slow network."""

PRACTICE_S: Final = 1800
PRACTICE_EACH: Final = 5
PRACTICE_MOST: Final = 64
"""Practice lives in memory: half an hour, five at once for each, 64 in all of about 15 MB each at most."""
