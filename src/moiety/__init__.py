"""Moiety: is this the person who enrolled? The public nouns and the two verbs, nothing else.

They are imported when first asked for, so that a command loads only what it needs (docs/decisions/0019).
"""

import importlib as _importlib
import typing as _typing

from moiety._version import __version__

if _typing.TYPE_CHECKING:
    from moiety import errors
    from moiety.consent import Consent
    from moiety.credential.code import Credential
    from moiety.credential.issuer import Issuer
    from moiety.credential.trust import TrustBundle
    from moiety.decision.decision import Decision
    from moiety.decision.policy import Policy
    from moiety.enrolment import enrol
    from moiety.verification import verify

__all__ = [
    "Consent",
    "Credential",
    "Decision",
    "Issuer",
    "Policy",
    "TrustBundle",
    "__version__",
    "enrol",
    "errors",
    "verify",
]

_ROOMS: _typing.Final = {
    "Consent": "moiety.consent",
    "Credential": "moiety.credential.code",
    "Decision": "moiety.decision.decision",
    "Issuer": "moiety.credential.issuer",
    "Policy": "moiety.decision.policy",
    "TrustBundle": "moiety.credential.trust",
    "enrol": "moiety.enrolment",
    "verify": "moiety.verification",
}


if not _typing.TYPE_CHECKING:  # type checkers see the imports above, and flag a misspelt name

    def __getattr__(name: str) -> object:
        """Import a public name where it is first asked for (PEP 562)."""
        if name == "errors":  # importing it binds it here
            return _importlib.import_module("moiety.errors")
        if name not in _ROOMS:
            raise AttributeError(f"module 'moiety' has no attribute {name!r}")
        value: object = getattr(_importlib.import_module(_ROOMS[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
