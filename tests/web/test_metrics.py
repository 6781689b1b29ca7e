"""What /metrics says, with the database and without it."""

import json
from typing import Any

from litestar.testing import TestClient
from prometheus_client.parser import text_string_to_metric_families
from support.installation import SECRET, Installation

from regulars.pipeline import STEPS
from regulars.storage.sources import create_key
from regulars.web.server import create_server


def scraped(client: TestClient[Any]) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found[sample.name + "".join(f"{{{value}}}" for value in sample.labels.values())] = sample.value
    return found


def test_without_a_database_it_answers_and_says_so() -> None:
    with TestClient(create_server("host=/nowhere", SECRET)) as client:
        found = scraped(client)
    assert found["regulars_database_up"] == 0
    assert found["regulars_append_seconds_count"] == 0
    assert "regulars_cursor_lag_rows" not in found


def test_what_came_in_is_counted_and_how_far_the_pipeline_is_behind(installation: Installation) -> None:
    items = [{"type": "track", "event": "Seen", "userId": "u1", "messageId": f"m{n}"} for n in range(3)]
    bad = {"type": "track", "userId": "marked-secret-value", "messageId": "m9"}
    with TestClient(create_server(installation.conninfo, SECRET)) as client:
        key = create_key(installation.connection, "secret", "shop")
        for body in ({"batch": [*items, bad]}, {"batch": items}):
            assert client.post("/v1/batch", content=json.dumps(body), auth=(key, "")).status_code == 200
        assert client.post("/v1/track", content=b"{", auth=(key, "")).status_code == 400
        assert client.post("/v1/track", content=b"{}", auth=("wrong", "")).status_code == 401
        before = scraped(client)
        installation.step()
        after = scraped(client)
        text = client.get("/metrics").text
    assert before["regulars_database_up"] == 1
    assert [before[f"regulars_requests_total{{{status}}}"] for status in (200, 400, 401)] == [2, 1, 1]
    assert before["regulars_appended_items_total"] == 8
    assert before["regulars_append_seconds_count"] == 3
    assert before["regulars_append_queue_bytes"] == 0
    assert (before["regulars_cursor_lag_rows"], before["regulars_cursor_lag_items"]) == (3, 8)
    assert 0 <= before["regulars_cursor_lag_seconds"] < 60
    assert before["regulars_leader_present"] == 0
    assert before["regulars_batches_total"] == 0
    assert (after["regulars_cursor_lag_rows"], after["regulars_cursor_lag_seconds"]) == (0, 0)
    assert after["regulars_log_rows"] == before["regulars_log_rows"] > 0
    assert (after["regulars_batches_total"], after["regulars_events_accepted_total"]) == (1, 3)
    assert after["regulars_items_rejected_total{missing_field}"] == 1
    assert all(after[f"regulars_step_seconds_total{{{name}}}"] >= 0 for name in STEPS)
    for said in ("marked-secret-value", "u1", "m0", key, "shop"):
        assert said not in text
