"""The tracking API as the SDKs meet it: real requests by shape, and every bad one answered in words."""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from regulars.collection.decode import decode_frame
from regulars.collection.ports import Busy, LogUnavailable
from regulars.model.event import Event
from regulars.model.frame import Frame
from regulars.model.rejection import Rejection
from regulars.model.secret import Secret
from regulars.model.source import Source, Trust
from regulars.web.tracking import CALLS, CORS, Tracking, tracking_router

SECRET = Secret(b"a secret of the tests")
SITE = Source("site", Trust.CLIENT)
TILL = Source("till", Trust.SERVER)
FIXTURES = Path(__file__).parents[1] / "fixtures" / "sdk"
TRACK = {"event": "Product Viewed", "messageId": "m-1", "anonymousId": "a-1"}
BASIC = {"Authorization": "Basic " + base64.b64encode(b"KEY:").decode()}


class Directory:
    """Two keys, kept in memory."""

    async def find(self, key: str) -> Source | None:
        return {"KEY": SITE, "SECRET": TILL}.get(key)


class Memory:
    """Keeps frames in a list, or fails as it is told."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.failure: Exception | None = None

    async def append(self, frame: Frame) -> None:
        if self.failure:
            raise self.failure
        self.frames.append(frame)

    def outcomes(self) -> list[Event | Rejection]:
        return [each for frame in self.frames for each in decode_frame(frame, SITE, SECRET, "1:1")]


@pytest.fixture
def log() -> Memory:
    return Memory()


@pytest.fixture
def client(log: Memory) -> Iterator[TestClient[Litestar]]:
    router = tracking_router(Tracking(Directory(), log, SECRET))
    with TestClient(Litestar([router], logging_config=None)) as started:
        yield started


def post(client: TestClient[Litestar], body: bytes, path: str = "/v1/batch", **headers: str) -> Any:
    return client.post(path, content=body, headers={**BASIC, **{k.replace("_", "-"): v for k, v in headers.items()}})


BATCH_600_KB = json.dumps({"batch": [{"type": "page", "properties": {"a": "a" * 1000}}] * 600}).encode()


@pytest.mark.parametrize(
    ("body", "encoding", "code", "words"),
    [
        (b"", "", "malformed", "empty"),
        (b"hello", "", "malformed", "'{'"),
        (b'{"batch":[', "", "malformed", "too early"),
        (gzip.compress(b'{"batch":[]}', mtime=0)[:-9], "gzip", "malformed", "truncated"),
        (gzip.compress(gzip.compress(b'{"batch":[]}', mtime=0), mtime=0), "gzip", "malformed", "gzip inside gzip"),
        (gzip.compress(b" " * 30_000_000, mtime=0), "gzip", "too_large", "512000 bytes"),
        (BATCH_600_KB, "", "too_large", "512000 bytes"),
        (b'{"batch":[' + b"{}," * 4999 + b"{}]}", "", "too_large", "5000 items"),
        (b'{"batch":' + b"[" * 300_000, "", "malformed", "too early"),
        (b"{}", "", "missing_field", "$.batch"),
        (b'{"batch":[],"context":[]}', "", "wrong_type", "$.context"),
        (b'{"batch":[]}'.decode().encode("utf-16"), "", "bad_character", "UTF-16"),
    ],
)
def test_unreadable_requests_are_refused_and_shown(
    client: TestClient[Litestar], log: Memory, body: bytes, encoding: str, code: str, words: str
) -> None:
    answer = post(client, body, content_encoding=encoding)
    assert answer.status_code == 400
    assert answer.json()["code"] == code and words in answer.json()["message"]
    (frame,) = log.frames
    assert frame.call == "refused" and frame.note.startswith(f"{code}: ") and len(frame.body) <= 32 * 1024
    (shown,) = log.outcomes()
    assert isinstance(shown, Rejection) and shown.reason == code


def test_a_body_that_lies_about_its_length_is_read_to_a_bound(client: TestClient[Litestar], log: Memory) -> None:
    chunks = (b" " * 65_536 for _ in range(200))
    answer = client.post("/v1/batch", content=chunks, headers=BASIC)
    assert answer.status_code == 400 and answer.json()["code"] == "too_large"
    assert len(log.frames[0].body) == 32 * 1024


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic " + base64.b64encode(b"OLD:").decode()},
        {"Authorization": "Bearer OLD"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Digest KEY"},
    ],
)
def test_unknown_keys_store_nothing(client: TestClient[Litestar], log: Memory, headers: dict[str, str]) -> None:
    for body in (b'{"batch":[]}', b'{"batch":[', b'{"batch":[],"writeKey":null}', b'{"batch":[],"writeKey":"OLD"}'):
        answer = client.post("/v1/batch", content=body, headers=headers)
        assert answer.status_code == 401 and set(answer.json()) == {"code", "message"}
    assert log.frames == []


@pytest.mark.parametrize("headers", [BASIC, {"Authorization": "bearer KEY"}, {"Authorization": "basic S0VZOnB3"}, {}])
def test_the_ways_to_send_a_key(client: TestClient[Litestar], log: Memory, headers: dict[str, str]) -> None:
    body = {**TRACK, **({} if headers else {"writeKey": "KEY"})}
    assert client.post("/v1/track", json=body, headers=headers).content == b'{"success":true}'
    assert log.frames[0].source == "site" and log.frames[0].trust == Trust.CLIENT


def test_the_key_is_found_in_a_batch_that_no_strict_parser_reads(client: TestClient[Litestar], log: Memory) -> None:
    body = b'{"batch":[{"type":"track","event":"x","properties":{"a":NaN},"writeKey":"OLD"}],"writeKey":"KEY"}'
    assert client.post("/v1/batch", content=body).status_code == 200
    assert isinstance(log.outcomes()[0], Rejection)


@pytest.mark.parametrize(
    ("call", "body", "code", "place"),
    [
        ("track", b'{"event":"x","context":{"ip":5}}', "wrong_type", "$.context.ip"),
        ("track", b"{}", "missing_field", "$.event"),
        ("track", b'{"event":"x","properties":{"a":NaN}}', "not_a_number", "$.properties.a"),
        ("track", b'{"event":"Points Earned"}', "not_allowed_for_client", "$.event"),
        ("identify", b"[]", "wrong_type", "$"),
        ("page", b'{"timestamp":"0001-01-01T00:00:00Z"}', "time_out_of_range", "$.timestamp"),
        ("screen", b'{"messageId":"' + b"m" * 101 + b'"}', "id_too_long", "$.messageId"),
        ("group", b"{}", "missing_field", "$.groupId"),
        ("alias", b"{}", "missing_field", "$.userId"),
        ("track", b'{"event":"x","a":"' + b"a" * 40_000 + b'"}', "too_large", "$"),
        ("track", b'{"event":', "malformed", "$"),
    ],
)
def test_a_single_bad_call_is_told_what_to_mend(
    client: TestClient[Litestar], log: Memory, call: str, body: bytes, code: str, place: str
) -> None:
    answer = post(client, body, f"/v1/{call}")
    assert answer.status_code == 400
    assert answer.json()["code"] == code and answer.json()["message"].startswith(f"{place}: ")
    (shown,) = log.outcomes()
    assert isinstance(shown, Rejection) and shown.reason == code


def test_one_bad_item_does_not_fail_its_batch(client: TestClient[Litestar], log: Memory) -> None:
    items = [{**TRACK, "type": "track"}, {"type": "track"}, {**TRACK, "type": "track", "messageId": "m-2"}]
    assert post(client, json.dumps({"batch": items}).encode()).status_code == 200
    assert [type(each) for each in log.outcomes()] == [Event, Rejection, Event]


@pytest.mark.parametrize(("failure", "status"), [(Busy(), 429), (LogUnavailable(), 503)])
def test_come_back_later(client: TestClient[Litestar], log: Memory, failure: Exception, status: int) -> None:
    log.failure = failure
    for body in (b'{"batch":[]}', b"broken"):
        answer = post(client, body)
        assert answer.status_code == status
        assert int(answer.headers["Retry-After"]) >= 1
        assert set(answer.json()) == {"code", "message"}


@pytest.mark.parametrize("path", [f"/v1/{name}" for pair in CALLS.items() for name in pair if name] + ["/v1/m"])
def test_cors(client: TestClient[Litestar], path: str) -> None:
    preflight = client.options(
        path, headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    )
    assert preflight.status_code == 204
    assert CORS.items() <= {k.title(): v for k, v in preflight.headers.items()}.items()
    assert preflight.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type, X-Retry-Count"
    for body in (b"", b'{"event":"x","writeKey":"OLD"}'):
        assert client.post(path, content=body).headers["Access-Control-Allow-Origin"] == "*"


def test_metrics_are_answered_and_not_kept(client: TestClient[Litestar], log: Memory) -> None:
    answer = client.post("/v1/m", content=b'{"series":[]}', headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.content, log.frames) == (200, b'{"success":true}', [])


def test_settings_of_the_browsers_sdk(client: TestClient[Litestar]) -> None:
    answer = client.get("/v1/projects/KEY/settings", headers={"Host": "shop.example:8080"})
    destination = answer.json()["integrations"]["Segment.io"]
    assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] == "*"
    assert (destination["apiKey"], destination["apiHost"]) == ("KEY", "shop.example:8080/v1")
    assert client.get("/v1/projects/OLD/settings").status_code == 401
    assert client.get("/v1/projects/SECRET/settings").status_code == 401, "a secret key must not work in a page"
    assert client.get("/v1/projects/KEY/settings", headers={"Host": "a/b?c"}).status_code == 400


@pytest.mark.parametrize("name", ["segment-python", "rudder-python", "segment-node"])
@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import"])
@pytest.mark.parametrize("zipped", [False, True])
def test_recorded_requests(client: TestClient[Litestar], log: Memory, name: str, path: str, zipped: bool) -> None:
    body = (FIXTURES / f"{name}.json").read_bytes()
    if zipped:
        answer = post(client, gzip.compress(body), path, content_encoding="gzip", content_type="application/json")
    else:
        answer = post(client, body, path, content_type="application/json")
    assert (answer.status_code, answer.content) == (200, b'{"success":true}')
    assert log.frames[0].body == body and log.frames[0].items == len(log.outcomes())
    events = [each for each in log.outcomes() if isinstance(each, Event)]
    assert len(events) == len(log.outcomes())
    first, order, page = events[:3]
    assert (first.kind, first.user_id, first.traits) == ("identify", "greta-7", {"email": "greta@shop.example"})
    assert (order.name, order.properties["order_id"], order.origin) == ("Order Completed", "A-100", "")
    assert page.name == "Start" and page.properties.get("category") in ("Shop", None)
    assert (events[-1].kind, events[-1].previous_id) == ("alias", "anon-77")
    assert len({each.message_id for each in events}) == len(events)


def test_gzip_sent_as_a_form_without_a_header(client: TestClient[Litestar], log: Memory) -> None:
    body = gzip.compress((FIXTURES / "rudder-python.json").read_bytes())
    assert post(client, body, content_type="application/x-www-form-urlencoded").status_code == 200
    assert log.frames[0].items == 5


@pytest.mark.parametrize("path", ["/v1/track", "/v1/t"])
def test_the_browsers_call(client: TestClient[Litestar], log: Memory, path: str) -> None:
    body = (FIXTURES / "browser-track.json").read_bytes()
    answer = client.post(path, content=body, headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.content) == (200, b'{"success":true}')
    (taken,) = log.outcomes()
    assert isinstance(taken, Event) and not taken.bot
    assert (taken.name, taken.user_id, taken.context["timezone"]) == ("Product Viewed", "", "Europe/Prague")


def test_what_is_kept_is_redacted(client: TestClient[Litestar], log: Memory) -> None:
    item = {
        **TRACK,
        "context": {"ip": "203.0.113.9"},
        "properties": {"password": "hunter2", "n": "4111 1111 1111 1111"},
    }
    assert post(client, json.dumps(item).encode(), "/v1/t").status_code == 200
    assert not any(word in log.frames[0].body for word in (b"113.9", b"hunter2", b"4111"))


def test_openapi_names_bodies_and_answers(client: TestClient[Litestar]) -> None:
    paths = client.get("/schema/openapi.json").json()["paths"]
    for call, short in CALLS.items():
        for name in filter(None, (call, short)):
            operation = paths[f"/v1/{name}"]["post"]
            assert operation["requestBody"]["content"]["application/json"]["schema"]["properties"]
            assert set(operation["responses"]) == {"200", "400", "401", "429", "503"}
