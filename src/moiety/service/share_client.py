"""Asking a key-share service over HTTPS: what `TrustBundle.with_shares` takes at a verifier elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import httpx

from moiety.credential.blind import SHARE_BYTES, BlindCode
from moiety.errors import MoietyError, ShareUnavailable, StoreUnavailable, UsageError

TIMEOUT_S: Final = 10.0
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class HttpShares:
    """A `ShareProvider`: the service's address, the token of an API client with the role of a verifier, and
    the purpose for which the person is verified."""

    url: str
    token: str = field(repr=False)
    purpose: str
    transport: httpx.BaseTransport | None = field(default=None, repr=False)

    def __call__(self, code: BlindCode, pin: str | None) -> bytes:
        """The share of one code.

        Raises:
            UsageError: the address isn't https, and isn't this machine.
            StoreUnavailable: the service does not answer.
            MoietyError: of the kind with which the service refused.
        """
        place = urlsplit(self.url)
        if place.scheme != "https" and place.hostname not in _HERE:
            raise UsageError(
                "A key-share service is asked by https: the token and the share would be in the clear.",
                remedy="Give its https address.",
            )
        about = {"issuer": code.issuer, "cti": code.cti.hex(), "commitment": code.commitment.hex()}
        body = {**about, "purpose": self.purpose, "pin": pin}
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            with httpx.Client(base_url=self.url, timeout=TIMEOUT_S, transport=self.transport) as client:
                answer = client.post("/v1/shares/release", json=body, headers=headers)
                told = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise StoreUnavailable(
                "The key-share service does not answer.", remedy="Try again, or offer another way."
            ) from error
        if answer.status_code != 200:
            raise _refusal(told)
        try:
            share = bytes.fromhex(told["share"])
        except (KeyError, TypeError, ValueError):
            share = b""
        if len(share) != SHARE_BYTES:
            raise ShareUnavailable("The key-share service's answer is no share.")
        return share


def _refusal(told: object) -> MoietyError:
    error = told.get("error") if isinstance(told, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    kind = next((one for one in _every(MoietyError) if one.code == code), ShareUnavailable)
    return kind("The key-share service refused.")  # never in its words: they would reach a terminal


def _every(kind: type[MoietyError]) -> Iterator[type[MoietyError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _every(below)
