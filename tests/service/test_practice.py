"""Practice over HTTP: marked in every answer, walled off from life, and nothing of it on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import pytest
from starlette.testclient import TestClient
from tests.conftest import Face, Picture
from tests.service.conftest import Service
from tests.test_presence import recorded

from moiety import catalogue
from moiety.image import Image
from moiety.liveness import Challenge
from moiety.practice import Realm
from moiety.service.parameters import LIMIT_OPERATOR, LIMIT_PRACTICE
from moiety.service.roles import Role

MARK = catalogue.text("practice.mark", "en")


def begin(client: TestClient, scenario: str) -> str:
    begun = client.post("/v1/practice/runs", json={"scenario": scenario})
    assert begun.status_code == 201, begun.text
    return str(begun.json()["run"])


def act(client: TestClient, run: str, action: str) -> Any:
    return client.post(f"/v1/practice/runs/{run}/actions", json={"action": action})


@pytest.fixture
def operator(service: Service) -> TestClient:
    return service.operator(Role.VERIFIER)


def test_a_scenario_from_its_story_to_its_debrief(operator: TestClient) -> None:
    listed = operator.get("/v1/practice/scenarios", params={"language": "ar"}).json()
    assert len(listed["scenarios"]) >= 12
    assert listed["practice"] == catalogue.text("practice.mark", "ar")
    run = begin(operator, "wrong-finger")
    for picture in ("view", "code"):
        shown = operator.get(f"/v1/practice/runs/{run}/{picture}")
        assert shown.headers["content-type"] == "image/jpeg"
        assert shown.content[:2] == b"\xff\xd8"
    assert operator.get(f"/v1/practice/runs/{run}/debrief").status_code == 422
    assert operator.get(f"/v1/practice/runs/{run}/insight").status_code == 422
    assert act(operator, run, "scan").json()["outcome"] == "read"
    captured = act(operator, run, "capture").json()
    assert (captured["outcome"], captured["reasons"]) == ("reject", ["finger-no-match"])
    assert act(operator, run, "other-way").json()["ended"]
    assert act(operator, run, "scan").status_code == 422
    told = operator.get(f"/v1/practice/runs/{run}/debrief").json()
    assert (told["points"], told["truth"]) == (100, False)
    assert "data:" not in str(told)
    drawn = operator.get(f"/v1/practice/runs/{run}/insight").json()["steps"]
    assert [one["key"] for one in drawn[1]] == ["ridges", "pairings", "curve"]
    assert all(one["picture"].startswith("data:image/") for one in drawn[1])
    assert operator.delete(f"/v1/practice/{run}").status_code == 204
    assert operator.get(f"/v1/practice/runs/{run}/debrief").status_code == 404


def jpeg(source: Any) -> bytes:
    pixels = source.rgb if isinstance(source, Image) else source
    done, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert done
    return data.tobytes()


def filmed(service: Service, person: Any, begun: dict[str, Any], *, late_s: float = 1.0) -> dict[str, Any]:
    """The frames of somebody who follows the challenge that was begun, and the time that this takes."""
    challenge = Challenge.from_nonce(bytes.fromhex(begun["nonce"]))
    frames = [(one.at_ms, jpeg(one.image)) for one in recorded(person, challenge).frames]
    service.clock.ahead += challenge.duration_ms / 1000 + late_s
    return {
        "data": {"frame_ms": [str(at) for at, _ in frames]},
        "files": [("frame", ("frame.jpg", data, "image/jpeg")) for _, data in frames],
    }


def stopped(service: Service) -> None:
    """Let the service's clock stand still while frames are rendered."""
    moment = service.clock()
    service.clock._now = lambda: moment


def test_ones_own_face_is_compared_live_and_forgotten(
    service: Service, operator: TestClient, face: Face
) -> None:
    stopped(service)
    begun = operator.post("/v1/practice/own").json()
    own = begun["own"]
    made = operator.post(f"/v1/practice/own/{own}/code", **filmed(service, face("london/101/neutral"), begun))
    assert made.status_code == 204, made.text
    for name, outcome in (("london/101/smiling", "accept"), ("london/139/smiling", "reject")):
        begun = operator.post(f"/v1/practice/own/{own}/begin").json()
        capture = filmed(service, face(name), begun)
        answer = operator.post(f"/v1/practice/own/{own}/comparisons", **capture)
        assert answer.status_code == 200, answer.text
        assert answer.json()["outcome"] == outcome
        assert answer.json()["practice"] == MARK
        assert [one["key"] for one in answer.json()["drawings"]] == ["landmarks", "crop"]  # no score
        assert service.state.practice._own[own].held.last is None
        again = operator.post(f"/v1/practice/own/{own}/comparisons", **capture)
        assert again.json()["error"]["code"] == "ceremony-refused"  # a challenge is used once
    assert operator.delete(f"/v1/practice/{own}").status_code == 204
    assert operator.post(f"/v1/practice/own/{own}/begin").status_code == 404


def test_two_photographs_are_never_compared(service: Service, operator: TestClient, picture: Picture) -> None:
    """S15: a picture of anybody as one's own, and another one, told whether they show one person."""
    one = [("face", ("f.jpg", picture("lisa/1"), "image/jpeg"))]
    assert operator.post("/v1/practice/own", files=one).status_code == 413, "no picture is taken"
    begun = operator.post("/v1/practice/own")
    own = begun.json()["own"]
    stopped(service)
    service.clock.ahead += 12
    assert operator.post(f"/v1/practice/own/{own}/code", files=one).status_code == 422
    still = [("frame", ("f.jpg", picture("lisa/1"), "image/jpeg"))] * 60
    times = {"frame_ms": [str(150 * each) for each in range(60)]}
    told = operator.post(f"/v1/practice/own/{own}/begin").json()
    service.clock.ahead += 12
    refused = operator.post(f"/v1/practice/own/{own}/code", files=still, data=times)
    assert refused.json()["error"]["code"] == "liveness-refused", (refused.text, told["own"])
    assert service.state.practice._own[own].held.credential is None
    operator.post(f"/v1/practice/own/{own}/begin")
    compared = operator.post(f"/v1/practice/own/{own}/comparisons", files=one)
    assert compared.status_code == 422


def test_frames_that_came_too_early_or_too_late_are_refused(service: Service, operator: TestClient) -> None:
    stopped(service)
    own = operator.post("/v1/practice/own").json()["own"]
    frames = {"files": [("frame", ("f.jpg", b"x", "image/jpeg"))], "data": {"frame_ms": ["0"]}}
    for waited, said in ((3.0, "before the last prompt"), (60.0, "too long ago")):
        operator.post(f"/v1/practice/own/{own}/begin")
        service.clock.ahead += waited
        refused = operator.post(f"/v1/practice/own/{own}/code", **frames)
        assert (refused.status_code, said in refused.text) == (409, True)


def test_ones_own_face_is_for_people_and_counted(
    service: Service, operator: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = service.operator(Role.ADMINISTRATOR).post(
        "/v1/clients", json={"name": "Program", "roles": ["verifier"]}
    )
    program = service.client()
    program.headers["Authorization"] = f"Bearer {client.json()['token']}"
    for path in ("own", *(f"own/{'0' * 32}/{one}" for one in ("begin", "code", "comparisons"))):
        assert program.post(f"/v1/practice/{path}").status_code == 403
    monkeypatch.setattr("moiety.service.routes.practice.LIMIT_PRACTICE", replace(LIMIT_PRACTICE, most=1))
    tried = [operator.post(f"/v1/practice/own/{'0' * 32}/begin") for _ in range(2)]
    assert [one.status_code for one in tried] == [404, 429]


def test_practice_uses_up_nothing_of_the_desk_nor_the_desk_of_practice(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moiety.service.routes.practice.LIMIT_PRACTICE", replace(LIMIT_PRACTICE, most=1))
    monkeypatch.setattr("moiety.service.ceremonies.turn.LIMIT_OPERATOR", replace(LIMIT_OPERATOR, most=1))

    def practise(client: TestClient) -> Any:
        return client.post(f"/v1/practice/own/{'0' * 32}/begin").status_code

    def at_the_desk(client: TestClient) -> Any:
        return client.post("/v1/verifications", json={"code": service.code}).status_code

    first, second = service.operator(Role.VERIFIER), service.operator(Role.VERIFIER)
    assert [practise(first), practise(first), at_the_desk(first)] == [404, 429, 201]
    assert [at_the_desk(second), at_the_desk(second), practise(second)] == [201, 429, 404]


def test_every_answer_is_marked(operator: TestClient) -> None:
    run = begin(operator, "revoked")
    answers = [
        operator.get("/v1/practice/scenarios"),
        operator.post("/v1/practice/runs", json={"scenario": "revoked"}),
        operator.get(f"/v1/practice/runs/{run}/view"),
        operator.get(f"/v1/practice/runs/{run}/code"),
        act(operator, run, "other-way"),
        operator.get(f"/v1/practice/runs/{run}/debrief"),
        operator.get(f"/v1/practice/runs/{run}/insight"),
    ]
    for one in answers:
        assert one.headers["x-moiety-practice"] == "nothing here is real", one.url
        if one.headers["content-type"] == "application/json":
            assert one.json()["practice"] == MARK


def test_a_run_is_its_beginners_alone_and_ends_in_time(service: Service, operator: TestClient) -> None:
    run = begin(operator, "revoked")
    other = service.operator(Role.VERIFIER)
    for attempt in (
        act(other, run, "scan"),
        other.get(f"/v1/practice/runs/{run}/view"),
        other.delete(f"/v1/practice/{run}"),
        act(operator, "0" * 32, "scan"),
    ):
        assert attempt.status_code == 404
    service.clock.ahead = 1801
    assert service.operator(Role.VERIFIER).get(f"/v1/practice/runs/{run}/view").status_code in (401, 404)


def test_too_much_at_once_is_refused(operator: TestClient) -> None:
    runs = [begin(operator, "revoked") for _ in range(5)]
    assert operator.post("/v1/practice/runs", json={"scenario": "good"}).status_code == 429
    operator.delete(f"/v1/practice/{runs[0]}")
    begin(operator, "revoked")


@pytest.mark.parametrize("body", [{}, {"scenario": "x"}, {"scenario": "good", "code": "x"}, {"scenario": 5}])
def test_what_is_no_run_is_refused(operator: TestClient, body: dict[str, Any]) -> None:
    assert operator.post("/v1/practice/runs", json=body).status_code in (404, 422)


# --- the wall, route by route ---------------------------------------------------------------------------


def code_routes(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every route whose body has a place for a code: its address, and how the body is sent."""
    shapes = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {})
        for kind, described in content.items():
            shape = shapes[described["schema"]["$ref"].rpartition("/")[2]]
            if {"code", "credential", "document"} & set(shape["properties"]):
                yield path, kind


def test_a_practice_code_is_accepted_by_no_route(service: Service, picture: Picture) -> None:
    """Every route that takes a code is tried, found in the service's own description."""
    code = Realm(service.state.now()).code_of("101").text
    client = service.operator(*Role)
    routes = list(code_routes(service.app.openapi()))
    assert {path for path, _ in routes} >= {
        "/v1/verifications", "/v1/renewals", "/v1/withdrawals/begin", "/v1/credentials/status",
    }  # fmt: skip
    for path, kind in routes:
        address = path.replace("{ceremony}", "0" * 32)
        if kind == "application/json":
            body = {"code": code, **({"status": "revoked"} if "status" in path else {})}
            answer = client.post(address, json=body)
        else:
            answer = client.post(
                address,
                data={"code": code, "nonce": "0" * 64},
                files={"face": ("f.jpg", picture("london/101/smiling"), "image/jpeg")},
            )
        assert answer.status_code in (404, 409, 422), f"{path}: {answer.status_code} {answer.text[:200]}"
        if path in ("/v1/verifications", "/v1/renewals", "/v1/withdrawals/begin"):
            assert answer.json()["error"]["code"] == "practice-code", path


def test_a_live_code_is_opened_by_no_route_of_practice(service: Service) -> None:
    """None has a place for one: not in a body, not in an address, not in a query, not in a form."""
    document = service.app.openapi()
    practised = {path: one for path, one in document["paths"].items() if path.startswith("/v1/practice")}
    assert len(practised) >= 8
    assert not {path for path, _ in code_routes(document)} & set(practised)
    for path, methods in practised.items():
        for method in methods.values():
            for one in method.get("parameters", ()):
                assert one["name"] in {"run", "own", "practice", "language"}, path
    client = service.operator(*Role)
    for name in ("code", "credential"):
        refused = client.post("/v1/practice/runs", json={"scenario": "good", name: service.code})
        assert refused.status_code == 422


def test_practice_changes_nothing_of_the_service(service: Service, operator: TestClient) -> None:
    from moiety.store.tables import metadata

    def rows() -> dict[str, int]:
        with service.state.store.reading() as connection:
            return {
                name: connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one()
                for name in metadata.tables
            }

    before, trust = rows(), service.state.trust.current(service.state.now()).file().encode()
    run = begin(operator, "revoked")
    act(operator, run, "scan")
    act(operator, run, "other-way")
    operator.get(f"/v1/practice/runs/{run}/insight")
    assert rows() == before
    assert service.state.trust.current(service.state.now()).file().encode() == trust


def test_nothing_of_a_practice_capture_is_on_disk_afterwards(
    service: Service, operator: TestClient, face: Face, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home, database, working and temporary folders: no new file, and no bytes of the picture or the code."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", None)
    before = {one for one in tmp_path.rglob("*") if one.is_file()}
    stopped(service)
    begun = operator.post("/v1/practice/own").json()
    own, capture = begun["own"], filmed(service, face("london/101/smiling"), begun)
    assert operator.post(f"/v1/practice/own/{own}/code", **capture).status_code == 204
    made = service.state.practice._own[own].held.credential
    assert made is not None
    data = capture["files"][20][1][1]
    code = made.text.encode()
    after = {one for one in tmp_path.rglob("*") if one.is_file()}
    assert {one.name for one in after - before} <= {"service.sqlite3-wal", "service.sqlite3-shm"}
    pieces = [data[start : start + 64] for start in range(1000, len(data) - 64, 5000)]
    for one in after - {service.stage.folder / "lisa-4.jpg"}:
        held = one.read_bytes()
        assert code not in held, one.name
        assert not any(piece in held for piece in pieces), one.name
