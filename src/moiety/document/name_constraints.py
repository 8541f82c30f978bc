"""Name constraints of authorities (RFC 5280, section 4.2.1.10): what the certificates below may be called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from moiety.errors import CertificateRefused

_HOST: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)")
_Names = Sequence[x509.GeneralName]


def require(authority: x509.Certificate, below: Sequence[x509.Certificate], issuer: str | None) -> None:
    """Refuse names below an authority that it may not certify; `issuer` is the URI that the document states.

    Raises:
        CertificateRefused: a name outside the constraints, or one of a form that isn't judged here.
    """
    found = _constraints(authority)
    if found is None:
        return
    for certificate in below:
        for name in _names(certificate):
            _require_name(name, found)
    if issuer is not None and _host(issuer) is not None:
        _require_name(x509.UniformResourceIdentifier(issuer), found)


def _constraints(certificate: x509.Certificate) -> x509.NameConstraints | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return None
    except (ValueError, x509.DuplicateExtension, UnsupportedAlgorithm) as error:
        raise CertificateRefused("A certificate in the document's chain is malformed.") from error


def _names(certificate: x509.Certificate) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.DirectoryName(certificate.subject)]
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return names
    except (ValueError, x509.DuplicateExtension, UnsupportedAlgorithm) as error:
        raise CertificateRefused("A certificate in the document's chain is malformed.") from error
    return [*names, *alternative]


def _require_name(name: x509.GeneralName, constraints: x509.NameConstraints) -> None:
    permitted = _of_form(name, constraints.permitted_subtrees or [])
    excluded = _of_form(name, constraints.excluded_subtrees or [])
    inside = not permitted or any(_within(name, one) for one in permitted)
    if not inside or any(_within(name, one, unknown=True) for one in excluded):
        raise CertificateRefused(
            "A certificate in the document's chain names someone that its authority may not certify."
        )


def _of_form(name: x509.GeneralName, subtrees: _Names) -> list[x509.GeneralName]:
    return [one for one in subtrees if type(one) is type(name)]


def _within(name: x509.GeneralName, tree: x509.GeneralName, *, unknown: bool = False) -> bool:
    """Whether a name lies in a subtree; `unknown` for forms whose subtrees aren't judged here."""
    if isinstance(name, x509.DNSName) and isinstance(tree, x509.DNSName):
        return _host_within(name.value, tree.value, below=True)
    if isinstance(name, x509.UniformResourceIdentifier) and isinstance(tree, x509.UniformResourceIdentifier):
        host = _host(name.value)
        # A bare host in a constraint on URIs stands for itself alone; with a leading dot, for all below it.
        return host is not None and _host_within(host, tree.value, below=False)
    if isinstance(name, x509.DirectoryName) and isinstance(tree, x509.DirectoryName):
        mine, theirs = list(name.value.rdns), list(tree.value.rdns)
        return mine[: len(theirs)] == theirs
    return unknown


def _host(uri: str) -> str | None:
    found = _HOST.match(uri)
    return None if found is None else found[1]


def _host_within(host: str, tree: str, *, below: bool) -> bool:
    one, other = host.lower().rstrip("."), tree.lower().rstrip(".")
    if other.startswith("."):
        return one.endswith(other)
    return not other or one == other or (below and one.endswith(f".{other}"))
