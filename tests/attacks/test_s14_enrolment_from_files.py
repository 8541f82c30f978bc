"""S14: a morph of two people, uploaded as pictures, became a code that both are accepted with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.conftest import Picture, Stage
from tests.service.conftest import Clock, Service, open_service

from moiety.credential.code import Credential
from moiety.service.roles import Role


def uploaded(service: Service, client: TestClient, picture: Picture) -> Any:
    """An enrolment as the attack made it: a recorded consent, and files."""
    consent = service.consent()
    begun = client.post("/v1/enrolments", json={"consent": consent}).json()
    return client.post(
        f"/v1/enrolments/{begun['ceremony']}/complete",
        data={"nonce": begun["nonce"], "consent": consent, "files": ["svg"]},
        files=[("face", (f"{name[-1]}.jpg", picture(name), "image/jpeg")) for name in ("lisa/1", "lisa/2")],
    )


def test_files_are_refused_where_nobody_set_the_service_to_take_them(stage: Stage, picture: Picture) -> None:
    service = open_service(stage, Clock())
    answer = uploaded(service, service.operator(Role.ENROLLER), picture)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not-allowed"), answer.text
    assert "--enrol-from-files" in answer.json()["error"]["remedy"]
    service.state.store.close()
    service.state.work.close()


def test_where_they_are_taken_the_code_says_so_to_every_verifier(
    stage: Stage, picture: Picture, tmp_path: Path
) -> None:
    service = open_service(stage, Clock(), enrol_from_files=True, unsafe_no_liveness=True)
    client = service.operator(Role.ENROLLER, Role.VERIFIER)
    answer = uploaded(service, client, picture)
    assert answer.status_code == 200, answer.text
    code = answer.json()["code"]
    assert Credential.from_text(code).claims.enrolled == "files"
    begun = client.post("/v1/verifications", json={"code": code}).json()
    assert begun["credential"]["enrolled"] == "files", "before anybody is captured"
    done = client.post(
        f"/v1/verifications/{begun['ceremony']}/complete",
        data={"nonce": begun["nonce"], "code": code},
        files={"face": ("now.jpg", picture("lisa/3"), "image/jpeg")},
    ).json()
    assert (done["outcome"], done["credential"]["enrolled"]) == ("accept", "files")
    service.state.store.close()
    service.state.work.close()
    (tmp_path / "code.txt").write_text(code)
    moiety = str(Path(sys.executable).with_name("moiety"))
    said = subprocess.run(
        [moiety, "inspect", str(tmp_path / "code.txt")], capture_output=True, text=True, check=True
    )
    assert "enrolled       files" in said.stdout


@pytest.mark.parametrize("changed", [b"\x02", b"\x00"])
def test_the_mark_cannot_be_changed(stage: Stage, changed: bytes) -> None:
    """It is signed: "files" does not become "live" on the way."""
    from moiety.credential import base45, cose, inflate
    from moiety.credential.code import verify_signature
    from moiety.errors import MoietyError

    message = inflate.inflate(base45.decode(stage.credential.text))
    payload = cose.decode(message).payload
    assert stage.credential.claims.enrolled == "files", "the command line and the library enrol from files"
    sealed = stage.credential.claims.sealed
    assert sealed is not None
    at = payload.index(sealed) + len(sealed)
    assert payload[at] == 1
    forged = message.replace(payload, payload[:at] + changed + payload[at + 1 :])
    code = Credential.from_text(base45.encode(inflate.deflate(forged)))
    held = stage.trust.issuer_key(code.claims.issuer, code.key_id)
    assert held is not None
    with pytest.raises(MoietyError):
        verify_signature(code, held.key)
