"""What a policy demands of a document beyond its signature: what it may leave unknown, refused here."""

from __future__ import annotations

from moiety.decision.policy import Demand, Policy
from moiety.document.reference import Accepted
from moiety.document.standing import FETCH
from moiety.errors import CertificateRefused, CredentialRefused, PortraitRefused, StatusUnavailable


def require_demands(accepted: Accepted, policy: Policy) -> None:
    """Refuse a document that leaves unknown what the policy demands to know.

    Raises:
        StatusUnavailable: no status list says anything of it.
        PortraitRefused: how old its portrait is isn't known.
        CertificateRefused: it doesn't show its issuing country.
    """
    unknown = {one.code: one.text for one in accepted.notes}
    for demand in sorted(policy.demands):
        code, refusal, remedy = _REFUSALS[demand]
        if code in unknown:
            raise refusal(unknown[code], remedy=remedy)


_REFUSALS: dict[Demand, tuple[str, type[CredentialRefused], str]] = {
    "status": ("document-status-not-checked", StatusUnavailable, FETCH),
    "age": (
        "portrait-age-unknown",
        PortraitRefused,
        "Ask the holder to show the date of the portrait, or the date of issuance.",
    ),
    "country": (
        "issuing-country-not-shown",
        CertificateRefused,
        "Ask the holder to show the issuing country.",
    ),
}
