"""What the tests of codes are made of: keys, templates of random bytes, codes issued from them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from moiety.credential.claims import StatusReference
from moiety.credential.code import Credential
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.issue import IssuerIdentity, issue
from moiety.keys import GroupPrivateKey, SigningKey

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:  # for `benchmarks`, which is no package that gets installed
    sys.path.append(str(ROOT))

NOW = 1_790_000_000

MakeContents = Callable[..., Contents]
MakeCode = Callable[..., Credential]


@pytest.fixture(scope="session")
def signer() -> SigningKey:
    return SigningKey.from_seed(bytes(range(32)))


@pytest.fixture(scope="session")
def group() -> GroupPrivateKey:
    return GroupPrivateKey.generate()


@pytest.fixture(scope="session")
def make_contents() -> MakeContents:
    """Contents with a face and as many fingers, of random bytes: templates do not compress."""

    def make(fingers: int = 0, finger_bytes: int = 150, model: str = "sface-2021dec-int8bq") -> Contents:
        rng = np.random.default_rng(fingers)
        face = SealedTemplate("face", model, rng.bytes(128), 4, 0, "face", False)
        rest = tuple(
            SealedTemplate(
                "finger", "leader-2026-int", rng.bytes(finger_bytes), 1, position, "contactless", True
            )
            for position in range(2, 2 + fingers)
        )
        return Contents((face, *rest), rng.bytes(32))

    return make


@pytest.fixture(scope="session")
def make_code(signer: SigningKey, group: GroupPrivateKey, make_contents: MakeContents) -> MakeCode:
    """A code valid for a year from `NOW`; any argument of `issue` can be given."""

    def make(contents: Contents | None = None, **changes: Any) -> Credential:
        arguments: dict[str, Any] = {
            "issuer": IssuerIdentity("https://issuer.example.org/", signer),
            "group": None if changes.get("profile") == "open" else group.group,
            "profile": "card",
            "valid_from": NOW,
            "valid_until": NOW + 365 * 86_400,
            "now": NOW,
            "status": StatusReference("https://issuer.example.org/status/1", 1_048_575),
        }
        return issue(make_contents() if contents is None else contents, **(arguments | changes))

    return make


@pytest.fixture(scope="session")
def claim169_vectors() -> Path:
    """The folder of the shared Claim 169 vectors; skips where the data is absent, and fails there in CI."""
    folder = (
        Path(os.environ.get("MOIETY_DATA", str(ROOT.parent / "shared" / "data"))) / "vectors" / "claim169"
    )
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs the shared data: {folder} is absent")
        pytest.skip("the shared data is absent; set MOIETY_DATA to its folder")
    return folder
