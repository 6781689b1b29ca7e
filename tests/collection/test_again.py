import json

import pytest

from regulars.collection.again import NotReplayable, frame_again
from regulars.collection.items import open_batch
from regulars.model.frame import Frame


def frame(call: str, body: bytes) -> Frame:
    return Frame("shop", 1, 42, call, body, 3, "")


@pytest.mark.parametrize("call", ["refused", "control"])
def test_what_holds_no_item_is_not_replayed(call: str) -> None:
    with pytest.raises(NotReplayable):
        frame_again(frame(call, b"{}"), b"{}", "replay:1:0.0")


def test_a_single_call_goes_as_it_is() -> None:
    again = frame_again(frame("track", b'{"event":1}'), b'{"event":1}', "replay:1:0.0")
    assert again == Frame("shop", 1, 42, "track", b'{"event":1}', 1, "replay:1:0.0")


@pytest.mark.parametrize("call", ["batch", "import"])
@pytest.mark.parametrize("item", [b'{"type":"track","event":7}', b'{"a":}', b'"\xff"', b'{"event" : "\\u0000"}'])
def test_an_item_of_a_batch_goes_with_what_its_batch_said(call: str, item: bytes) -> None:
    body = b'{"sentAt":"2026-03-14T09:35:00Z","batch":[{},' + item + b'],"context":{"ip":"1.2.3.4"},"writeKey":"wk"}'
    again = frame_again(frame(call, body), item, "replay:1:0.1")
    batch = open_batch(again.body)
    assert (again.call, again.items, batch.items) == (call, 1, [item])
    assert batch.context == {"ip": "1.2.3.4"} and batch.sent == open_batch(body).sent
    assert b"writeKey" not in again.body


def test_a_batch_that_could_not_be_opened_goes_whole() -> None:
    body = json.dumps({"batch": 7}).encode()
    assert frame_again(frame("batch", body), body, "").body == body
