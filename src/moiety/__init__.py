"""Moiety: is this the person who enrolled? The public nouns and the two verbs, nothing else."""

from moiety._version import __version__
from moiety.consent import Consent
from moiety.credential.code import Credential
from moiety.credential.home import Issuer
from moiety.credential.trust import TrustBundle
from moiety.decision.decision import Decision
from moiety.decision.policy import Policy
from moiety.enrol import enrol
from moiety.verify import verify

__all__ = [
    "Consent",
    "Credential",
    "Decision",
    "Issuer",
    "Policy",
    "TrustBundle",
    "__version__",
    "enrol",
    "verify",
]
