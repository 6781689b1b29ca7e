"""What /schema promises holds for whatever is generated from it, against the running server with a secret key."""

import json
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from litestar.serialization import encode_json
from schemathesis import Case, CheckFunction
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from support.running import Running

from regulars.model.secret import Secret
from regulars.web.server import create_server

# Read from the code, so that there is a test for each operation; below it is held against what is served.
PROMISED = json.loads(encode_json(create_server("", Secret(bytes(32))).openapi_schema.to_schema()))
OWN = {path: each for path, each in PROMISED["paths"].items() if not path.startswith("/schema")}
"""What is ours; the paths of the schema itself are the framework's."""
schema = schemathesis.openapi.from_dict({**PROMISED, "paths": OWN})
# NUL, which no id may hold, has tests of its own in test_bad_input.
schema.config.generation.allow_x00 = False


@pytest.fixture(scope="module")
def secret(installation: Running) -> str:
    return installation.key("secret", "schemathesis")


def test_the_server_serves_it(installation: Running) -> None:
    assert installation.http.get("/schema/openapi.json").json() == PROMISED


# Slow, and never side by side: these share one name, of which several workers would run one alone.
@pytest.mark.slow
@schema.parametrize()
@hypothesis.settings(
    max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_every_answer_is_as_promised(case: Case[Any], installation: Running, secret: str) -> None:
    headers = {"Authorization": f"Bearer {secret}"}
    case.call_and_validate(base_url=installation.address, headers=headers, excluded_checks=untellable(case))


def untellable(case: Case[Any]) -> list[CheckFunction]:
    """The checks which ask for what a schema cannot say."""
    if case.path.startswith("/v1/"):
        # A bad `timestamp` beside a good `originalTimestamp` is taken; and a `sentAt` of many years ahead sets a good
        # time back to before 2000.
        told = isinstance(case.body, dict) and case.body.get("sentAt") is not None
        return [negative_data_rejection, *([positive_data_acceptance] if told else [])]
    # An identifier, a time or an id has a form of its own, and of two parameters one must be there.
    return [positive_data_acceptance] if case.path.startswith(("/api/", "/inbound/")) else []


@pytest.mark.slow
def test_nothing_of_it_stalled_the_pipeline(installation: Running) -> None:
    key = installation.key("secret", "after-schemathesis")
    installation.send(key, {"type": "track", "userId": "u", "event": "Product Viewed", "messageId": "after"})
    installation.wait()
    assert installation.message_ids("after-schemathesis") == ["after"]
