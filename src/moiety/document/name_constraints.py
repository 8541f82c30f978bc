"""Name constraints of authorities (RFC 5280, section 4.2.1.10): what the certificates below may be called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from moiety.errors import CertificateRefused

_HOST: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([A-Za-z0-9.-]+)(?::\d*)?(?:[/?#]|$)")
"""A host that is written out; what is encoded or an address in brackets is judged as none."""
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
    if issuer is not None and ":" in issuer:
        _require_uri(issuer, found)


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
    if isinstance(name, x509.UniformResourceIdentifier):
        _require_uri(name.value, constraints)
        return
    permitted = _of_form(name, constraints.permitted_subtrees or [])
    excluded = _of_form(name, constraints.excluded_subtrees or [])
    inside = not permitted or any(_within(name, one) for one in permitted)
    if not inside or any(_within(name, one, unknown=True) for one in excluded):
        raise _outside()


def _require_uri(uri: str, constraints: x509.NameConstraints) -> None:
    """A URI speaks for its host, so constraints on hosts hold for it as well as those on URIs.

    One without a host that can be read is refused where there are any (RFC 5280, section 4.2.1.10).
    """
    trees = [*(constraints.permitted_subtrees or []), *(constraints.excluded_subtrees or [])]
    if not any(isinstance(one, (x509.UniformResourceIdentifier, x509.DNSName)) for one in trees):
        return
    host = _HOST.match(uri)
    if host is None:
        raise _outside()
    for form in (x509.UniformResourceIdentifier, x509.DNSName):
        permitted = [one for one in constraints.permitted_subtrees or [] if isinstance(one, form)]
        excluded = [one for one in constraints.excluded_subtrees or [] if isinstance(one, form)]
        # A bare host in a constraint on URIs stands for itself alone; with a leading dot, for all below it.
        below = form is x509.DNSName
        inside = not permitted or any(_host_within(host[1], one.value, below=below) for one in permitted)
        if not inside or any(_host_within(host[1], one.value, below=below) for one in excluded):
            raise _outside()


def _outside() -> CertificateRefused:
    return CertificateRefused(
        "A certificate in the document's chain names someone that its authority may not certify."
    )


def _of_form(name: x509.GeneralName, subtrees: _Names) -> list[x509.GeneralName]:
    return [one for one in subtrees if type(one) is type(name)]


def _within(name: x509.GeneralName, tree: x509.GeneralName, *, unknown: bool = False) -> bool:
    """Whether a name lies in a subtree; `unknown` for forms whose subtrees aren't judged here."""
    if isinstance(name, x509.DNSName) and isinstance(tree, x509.DNSName):
        return _host_within(name.value, tree.value, below=True)
    if isinstance(name, x509.DirectoryName) and isinstance(tree, x509.DirectoryName):
        mine, theirs = _parts(name.value), _parts(tree.value)
        return mine[: len(theirs)] == theirs
    return unknown


def _parts(name: x509.Name) -> list[frozenset[tuple[str, str]]]:
    """The parts of a name as they are compared: without regard to case and spaces (RFC 5280, section 7.1)."""
    return [
        frozenset((one.oid.dotted_string, " ".join(str(one.value).casefold().split())) for one in part)
        for part in name.rdns
    ]


def _host_within(host: str, tree: str, *, below: bool) -> bool:
    one, other = host.lower().rstrip("."), tree.lower().rstrip(".")
    if other.startswith("."):
        return one.endswith(other)
    return not other or one == other or (below and one.endswith(f".{other}"))
