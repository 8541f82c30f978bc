"""Decision receipts: signed by the device, checked offline, and refused when anything is not as it was."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Run

from moiety import decision_receipt
from moiety.credential import envelope
from moiety.decision.decision import Liveness, Outcome
from moiety.decision_receipt import RECEIPT_TYPE, Receipt, read
from moiety.errors import TrustRefused
from moiety.keys import SigningKey

DEVICE = SigningKey.generate()
RECEIPT = Receipt(
    at=1_790_000_000,
    ceremony=bytes(16),
    code=bytes(range(32)),
    outcome=Outcome.REJECT,
    reasons=("face-no-match",),
    liveness=Liveness.SHOWN,
    liveness_required=True,
    target_fmr="0.0001",
    issuer="https://issuer.example.org/",
    status="valid",
    status_age_s=60,
    enrolled="files",
)


def test_what_was_signed_is_read() -> None:
    assert read(RECEIPT.sign(DEVICE), DEVICE.verifying_key) == RECEIPT


@given(st.integers(0, len(RECEIPT.sign(DEVICE)) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(at: int, by: int) -> None:
    data = bytearray(RECEIPT.sign(DEVICE))
    data[at] ^= by
    with pytest.raises(TrustRefused):
        read(bytes(data), DEVICE.verifying_key)


@given(st.binary(max_size=300))
def test_noise_is_no_receipt(data: bytes) -> None:
    with pytest.raises(TrustRefused):
        read(data, DEVICE.verifying_key)
    with pytest.raises(TrustRefused):
        read(b"\xd2" + data, DEVICE.verifying_key)


def test_another_device_did_not_sign_it() -> None:
    with pytest.raises(TrustRefused):
        read(RECEIPT.sign(DEVICE), SigningKey.generate().verifying_key)


BODY = {
    "version": 1, "at": 1, "ceremony": bytes(16), "code": bytes(32), "outcome": "accept", "reasons": ["x"],
    "liveness": "shown", "liveness_required": True, "target_fmr": "0.0001", "issuer": "i", "status": "valid",
    "status_age_s": None,
}  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 2},
        {"outcome": "perhaps"},
        {"liveness": 3},
        {"reasons": [3]},
        {"reasons": "x"},
        {"score": "0.9"},
        {"at": "now"},
        {"enrolled": "otherwise"},
    ],
    ids=str,
)
def test_other_shapes_are_refused(changed: dict[str, object]) -> None:
    assert read(envelope.sign(BODY, DEVICE, typ=RECEIPT_TYPE), DEVICE.verifying_key).status_age_s is None
    assert read(envelope.sign(BODY, DEVICE, typ=RECEIPT_TYPE), DEVICE.verifying_key).enrolled is None
    with pytest.raises(TrustRefused):
        read(envelope.sign({**BODY, **changed}, DEVICE, typ=RECEIPT_TYPE), DEVICE.verifying_key)
    with pytest.raises(TrustRefused):
        read(envelope.sign(BODY, DEVICE, typ="application/other"), DEVICE.verifying_key)


def test_the_command_reads_bytes_and_text(tmp_path: Path, moiety: Run) -> None:
    signed = RECEIPT.sign(DEVICE)
    (tmp_path / "key.pem").write_bytes(DEVICE.verifying_key.to_pem())
    (tmp_path / "r.cbor").write_bytes(signed)
    (tmp_path / "r.txt").write_bytes(urlsafe_b64encode(signed).rstrip(b"=") + b"\n")
    (tmp_path / "r.bad").write_bytes(signed[:-1] + bytes([signed[-1] ^ 1]))
    text = urlsafe_b64encode(signed).rstrip(b"=").decode()
    (tmp_path / "saved.json").write_text(json.dumps({"receipt": text, "ledger": None}, indent=2))
    for name in ("r.cbor", "r.txt", "saved.json"):
        ran = moiety("receipt", "verify", tmp_path / name, "--key", tmp_path / "key.pem")
        assert ran.code == 0
        assert "REJECT" in ran.out
        assert "face-no-match" in ran.out
        assert "enrolled from files" in ran.out
    assert moiety("receipt", "verify", tmp_path / "r.bad", "--key", tmp_path / "key.pem").code == 78
    asked = moiety("receipt", "verify", tmp_path / "r.cbor", "--key", tmp_path / "key.pem", "--json")
    assert f'"code": "{bytes(range(32)).hex()}"' in asked.out
    assert len(signed) < decision_receipt.MAX_BYTES


@pytest.mark.parametrize(
    "text", ["{", "{}", '{"receipt": 1}', '{"receipt": "A"}', '{"ledger": {}}', "[]", "A"]
)
def test_the_command_refuses_a_file_that_holds_none(tmp_path: Path, moiety: Run, text: str) -> None:
    (tmp_path / "key.pem").write_bytes(DEVICE.verifying_key.to_pem())
    (tmp_path / "other.json").write_text(text)
    ran = moiety("receipt", "verify", tmp_path / "other.json", "--key", tmp_path / "key.pem")
    assert ran.code not in (0, 1)
    assert "receipt" in ran.err
