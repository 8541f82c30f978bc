"""Renewing a code whose group's key was stolen: by an operator who saw a document, and never on a picture."""

from __future__ import annotations

from starlette.testclient import TestClient
from tests.conftest import Picture
from tests.service.conftest import Service
from tests.service.test_authorisation import token
from tests.service.test_life import begin, complete, enrol, told

from moiety.credential import epochs
from moiety.credential.layout import Home
from moiety.decision.policy import Policy
from moiety.service.ceremonies import renewal
from moiety.service.roles import Role


def stolen_code(service: Service, enroller: TestClient, picture: Picture) -> str:
    """A code that was issued here, whose group's key is then stolen."""
    code: str = enrol(service, enroller, picture("lisa/1"), picture("lisa/2")).json()["code"]
    epochs.rotate_group(Home.open(service.stage.home), distrust_old=True)
    return code


def test_nobody_is_verified_and_no_client_renews(service: Service, picture: Picture) -> None:
    enroller = service.operator(*Role)
    code = stolen_code(service, enroller, picture)
    assert begin(enroller, code).json()["error"]["code"] == "expired"
    client, _ = token(service, "enroller")
    refused = begin(client, code, "renewals")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not-allowed")


def test_an_operator_says_that_they_saw_a_document_and_liveness_is_still_asked_for(
    service: Service, picture: Picture
) -> None:
    enroller = service.operator(*Role)
    code = stolen_code(service, enroller, picture)
    begun = begin(enroller, code, "renewals")
    assert begun.status_code == 201, begun.text
    unsaid = complete(enroller, begun.json(), code, picture("lisa/4"), "renewals")
    assert (unsaid.status_code, "identity document" in unsaid.json()["error"]["remedy"]) == (403, True)
    # This service's policy takes pictures without liveness; for such a code it is asked for all the same.
    said = complete(enroller, begun.json(), code, picture("lisa/4"), "renewals", identity_checked="true")
    assert said.status_code == 200, said.text
    assert said.json()["decision"]["outcome"] == "inconclusive"
    assert said.json()["decision"]["reasons"][0]["code"] == "liveness-none"
    assert said.json()["issued"] is None
    assert "renewed" not in told(service)


def test_the_rate_is_a_tenth_and_never_below_what_a_table_shows() -> None:
    assert renewal.after_theft(Policy(fmr=1e-3, liveness="none")).fmr == 1e-4
    assert renewal.after_theft(Policy(fmr=1e-3, liveness="none")).liveness == "required"
    assert renewal.after_theft(Policy(fmr=1e-6)).fmr == 1e-6
