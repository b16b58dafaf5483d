"""The API keeps to its own OpenAPI document, whatever is sent, with a token and without.

Schemathesis makes requests that the document allows, and requests that it forbids.
"""

from typing import Any

import pytest
import schemathesis
from hostile.sizes import sized
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks
from world import World

from incidents.actions.tokens import SCOPES, create_token

_CASES = sized(200, 5000)  # of all operations and ways together
_WAYS = [
    (mode, trusted)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    for trusted in (True, False)
]
_CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@schemathesis.serializer("application/x-protobuf")
def bytes_as_they_are(_: Any, value: Any) -> Any:
    """Prometheus' own: what the document allows are any bytes."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    ("mode", "trusted"), _WAYS, ids=lambda value: getattr(value, "value", value)
)
def test_every_answer_is_one_that_is_described(
    light_world: World, mode: GenerationMode, *, trusted: bool
) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    token = create_token(light_world.app.desk, "schema", SCOPES, light_world.clock())
    headers = {"Authorization": f"Bearer {token}"} if trusted else {}
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", light_world.app.asgi())
    operations = [
        one
        for one in (found.ok() for found in schema.get_all_operations())
        if mode is GenerationMode.POSITIVE or has_something_to_forbid(one)
    ]
    tried = 0

    for operation in operations:

        @settings(
            max_examples=max(1, _CASES // (len(operations) * len(_WAYS))),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def keeps_to_it(case: Any) -> None:
            nonlocal tried
            tried += 1
            answer = case.call(headers=headers)
            case.validate_response(answer, checks=_CHECKS)
            assert trusted or answer.status_code in {401, 404, 405}

        keeps_to_it()

    assert tried >= len(operations)


def has_something_to_forbid(operation: Any) -> bool:
    return bool(operation.body or operation.query or operation.path_parameters)
