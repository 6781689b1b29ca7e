"""One bad item never fails its batch; a broken envelope is refused with its place."""

import json

import pytest
from collection.calls import CLIENT, RECEIVED, SERVER, decode

from regulars.collection.body import Unreadable
from regulars.collection.items import open_batch
from regulars.collection.receive import receive
from regulars.model.event import Event
from regulars.model.rejection import Reason, Refused, Rejection

GOOD = b'{"type":"track","event":"Product Viewed","messageId":"m%d"}'


def around(bad: bytes) -> list[Event | Rejection]:
    outcomes = decode(b'{"batch":[' + GOOD % 1 + b"," + bad + b", " + GOOD % 2 + b"]}")
    assert len(outcomes) == 3
    first, _, last = outcomes
    assert isinstance(first, Event) and first.message_id == "m1"
    assert isinstance(last, Event) and last.message_id == "m2"
    return outcomes


DEEP = b'{"type":"track","event":"x","properties":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}"


@pytest.mark.parametrize(
    ("bad", "reason", "where"),
    [
        (b'{"type":"track","event":"x","properties":{"total":NaN}}', Reason.NOT_A_NUMBER, "$.properties.total"),
        (b'{"type":"track","event":"x","properties":{"a":[1,-Infinity]}}', Reason.NOT_A_NUMBER, "$.properties.a[1]"),
        (b'{"type":"track","event":"x","properties":{"a":1e999}}', Reason.NOT_A_NUMBER, "$.properties.a"),
        (
            b'{"type":"track","event":"x","properties":{"n":' + b"9" * 5000 + b"}}",
            Reason.NOT_A_NUMBER,
            "$.properties.n",
        ),
        (b'{"type":"track","event":"\\ud800"}', Reason.BAD_CHARACTER, "$.event"),
        (b'{"type":"track","event":"x","properties":{"\\udfff":1}}', Reason.BAD_CHARACTER, '$.properties["\\udfff"]'),
        (b'{"type":"track","event":"a\nb"}', Reason.BAD_CHARACTER, "$"),
        (b'{"type":"track","event":"\xff"}', Reason.BAD_CHARACTER, "$"),
        (b'{"type":"track","userId":"a\\u0000b","event":"x"}', Reason.BAD_CHARACTER, "$.userId"),
        (b'{"type":"track","event":"x","properties":{"a\\u0000":1}}', Reason.BAD_CHARACTER, '$.properties["a\\u0000"]'),
        (DEEP, Reason.TOO_DEEP, "$"),
        (b'{"type":"track","event":"x","a":' + b"[" * 64 + b"]" * 64 + b"}", Reason.TOO_DEEP, "$"),
        (b'{"type":"track","event":"x","a":"' + b"a" * 33_000 + b'"}', Reason.TOO_LARGE, "$"),
        (b'{"type":"track","event":tru}', Reason.MALFORMED, "$"),
        (b'{"type" "track"}', Reason.MALFORMED, "$"),
        (b"", Reason.MALFORMED, "$"),
        (b"null", Reason.WRONG_TYPE, "$"),
        (b"[1]", Reason.WRONG_TYPE, "$"),
        (b"{}", Reason.MISSING_FIELD, "$.type"),
        (b'{"type":"purchase"}', Reason.UNKNOWN_TYPE, "$.type"),
    ],
)
def test_one_bad_item(bad: bytes, reason: Reason, where: str) -> None:
    refused = around(bad)[1]
    assert isinstance(refused, Rejection)
    assert refused.reason is reason
    assert refused.where.startswith(where)
    assert refused.body == bad and refused.message and refused.where.isascii()


def test_brackets_in_texts_and_63_levels_are_no_depth() -> None:
    assert isinstance(around(b'{"type":"page","name":"' + b"[{" * 500 + b'\\"[","a":NaN}')[1], Rejection)
    nested = b'{"type":"page","properties":{"a":' + b"[" * 62 + b"]" * 62 + b"}}"
    assert isinstance(around(nested)[1], Event)


@pytest.mark.parametrize(
    ("text", "reason", "where"),
    [
        (b'{"batch":[{}', Reason.MALFORMED, "$"),
        (b'{"batch":[{]}', Reason.MALFORMED, "$"),
        (b'{"batch":["]}', Reason.MALFORMED, "$"),
        (b'{"batch":[]} x', Reason.MALFORMED, "$"),
        (b'{"batch":' + b"[" * 400_000, Reason.MALFORMED, "$"),
        (b"[]", Reason.WRONG_TYPE, "$"),
        (b"{}", Reason.MISSING_FIELD, "$.batch"),
        (b'{"x":NaN}', Reason.MISSING_FIELD, "$.batch"),
        (b'{"batch":{}}', Reason.WRONG_TYPE, "$.batch"),
        (b'{"batch":{"x":NaN}}', Reason.WRONG_TYPE, "$.batch"),
        (b'{"batch":[],"context":5}', Reason.WRONG_TYPE, "$.context"),
        (b'{"batch":[NaN],"context":5}', Reason.WRONG_TYPE, "$.context"),
        (b'{"batch":[],"context":{"a":NaN}}', Reason.NOT_A_NUMBER, "$.context.a"),
        (b'{"batch":[],"context":{"a":' + b"[" * 70 + b"]" * 70 + b"}}", Reason.TOO_DEEP, "$.context"),
        (b'{"batch":[],"context":{"a":' + b"[" * 7000 + b"]" * 7000 + b"}}", Reason.TOO_DEEP, "$.context"),
        (b'{"batch":[],"context":{"a":"' + b"a" * 40_000 + b'"}}', Reason.TOO_LARGE, "$.context"),
        (b'{"batch":[],"integrations":[]}', Reason.WRONG_TYPE, "$.integrations"),
        (b'{"batch":[],"sentAt":"soon"}', Reason.BAD_TIME, "$.sentAt"),
        (b'{"batch":[],"sentAt":true}', Reason.WRONG_TYPE, "$.sentAt"),
        (b'{"batch":[' + b"{}," * 4999 + b"{}]}", Reason.TOO_LARGE, "$.batch"),
    ],
)
def test_a_broken_envelope(text: bytes, reason: Reason, where: str) -> None:
    with pytest.raises(Refused) as caught:
        open_batch(text)
    assert (caught.value.reason, caught.value.where) == (reason, where)
    with pytest.raises(Unreadable) as unreadable:
        receive(CLIENT, "batch", text, "", RECEIVED)
    assert unreadable.value.kept == text


def test_2500_items_and_none() -> None:
    frame = receive(SERVER, "batch", b'{"batch":[' + b"{}," * 2499 + b"{}]}", "", RECEIVED)
    assert frame.items == 2500
    assert decode(b'{"batch":[]}') == [] == decode(b'{"batch":[ ],"x":NaN}')


def test_both_paths_open_the_same() -> None:
    batch = {"batch": [{"type": "page", "name": "é, ] \\"}, {"type": "track", "event": "x"}], "sentAt": "2026-03-14"}
    strict = open_batch(json.dumps(batch).encode())
    broken = open_batch(json.dumps({**batch, "more": float("nan")}).encode())
    assert strict == broken
