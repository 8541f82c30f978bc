"""The OpenAPI document is kept: schemathesis over every route, within bounds that fit the suite."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance
from starlette.testclient import TestClient
from tests.service.conftest import SITE, Service

from moiety.service.roles import Role

PLENTY = 2
"""Cases a route in the suite."""


CHECKS = [not_a_server_error, response_schema_conformance, content_type_conformance]


def test_no_route_breaks_its_contract(service: Service) -> None:
    """Whatever the document allows: no 5xx, and no answer of another shape or type."""
    schema: Any = schemathesis.openapi.from_dict(service.app.openapi())
    tested = 0
    for operation in (one.ok() for one in schema.get_all_operations()):
        if "/session/oidc" in operation.path:
            continue  # redirects and pages, tested by hand
        client = service.operator(*Role)
        if list(operation.iter_parameters()) or operation.body:
            run_cases(operation.as_strategy(generation_mode=GenerationMode.POSITIVE), client)
        else:
            ask(operation.Case(), client)
        tested += 1
    assert tested > 35


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
    request = client.build_request(**{name: value for name, value in arguments.items() if value is not None})
    request.read()  # the check looks at it again
    answer = client.send(request)
    case.validate_response(answer, checks=CHECKS)
