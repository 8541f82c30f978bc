"""The OpenAPI document is kept: schemathesis over every route, within bounds that fit the suite."""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient
from tests.service.conftest import SITE, Service

from moiety.service.roles import Role

PLENTY = int(os.environ.get("MOIETY_CONTRACT_CASES", "3"))
"""Cases a route and mode. A longer run: MOIETY_CONTRACT_CASES=100 pytest tests/service/test_contract.py."""


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    response_schema_conformance,
    content_type_conformance,
]
VALID, INVALID = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


@pytest.mark.parametrize("mode", [VALID, INVALID], ids=["valid", "invalid"])
def test_no_route_breaks_its_contract(mode: GenerationMode, service: Service) -> None:
    """Whatever the document allows, and what it does not: no 5xx, no status that it does not name, and no
    answer of another shape or type."""
    schema: Any = schemathesis.openapi.from_dict(service.app.openapi())
    tested = 0
    for operation in (one.ok() for one in schema.get_all_operations()):
        if "/session/oidc" in operation.path:
            continue  # redirects and pages, tested by hand
        client = service.operator(*Role)
        if list(operation.iter_parameters()) or operation.body:
            try:
                run_cases(operation.as_strategy(generation_mode=mode), client)
            except Unsatisfiable:  # whatever is sent is allowed: nothing of it can be wrong
                assert mode is INVALID, operation.path
                continue
        elif mode is VALID:
            ask(operation.Case(), client)
        tested += 1
    assert tested > 35, mode


def run_cases(strategy: st.SearchStrategy[Any], client: TestClient) -> None:
    @settings(
        max_examples=PLENTY, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=strategy)
    def check(case: Any) -> None:
        ask(case, client)

    check()


def ask(case: Any, client: TestClient) -> None:
    """Send one case, and hold the answer against the document."""
    arguments = case.as_transport_kwargs(base_url=SITE)
    arguments.pop("cookies", None)
    if isinstance(arguments.get("data"), (bytes, str)):
        arguments["content"] = arguments.pop("data")
    if arguments.get("files"):
        arguments["files"] = [(name, as_file(value)) for name, value in arguments["files"]]
    request = client.build_request(**{name: value for name, value in arguments.items() if value is not None})
    request.read()  # the check looks at it again
    answer = client.send(request)
    case.validate_response(answer, checks=CHECKS)


def as_file(value: Any) -> Any:
    """A part of a form as the client sends it; schemathesis makes numbers and nothings as well."""
    if isinstance(value, tuple):
        return (value[0], as_file(value[1]), *value[2:])
    return value if isinstance(value, (str, bytes)) else str(value)
