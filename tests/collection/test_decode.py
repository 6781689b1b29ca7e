"""Items to events: every wrong type named by its place, then what the SDKs rely on."""

import json
from typing import Any

import pytest
from collection.calls import CLIENT, RECEIVED, SECRET, SERVER, decode, event, rejection
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.collection.body import Unreadable
from regulars.collection.decode import decode_frame
from regulars.collection.receive import receive, refused_frame
from regulars.collection.shapes import CommerceShape, ContextShape, Item, TraitsShape
from regulars.model.event import Event, ExternalId
from regulars.model.frame import Frame
from regulars.model.rejection import Reason, Rejection

TRACK: dict[str, Any] = {"event": "Order Completed", "messageId": "m-1", "userId": "greta"}


def at(path: str, value: Any) -> dict[str, Any]:
    """A track call with `value` at a dotted path."""
    item = json.loads(json.dumps(TRACK))
    *parents, last = path.split(".")
    inner = item
    for name in parents:
        inner = inner.setdefault(name, {})
    inner[last] = value
    return dict(item)


IDS = ["messageId", "userId", "anonymousId", "previousId", "groupId", "timestamp", "originalTimestamp", "sentAt"]
TEXTS = ["type", "event", "name", "category", "origin"]
OBJECTS = ["traits", "properties", "context", "integrations", "context.traits", "context.library", "context.page"]
NESTED = [
    *(f"context.{name}" for name in ("ip", "userAgent", "locale", "timezone", "page.url", "device.id", "library.name")),
    *(f"traits.{name}" for name in TraitsShape.__struct_fields__ if name not in ("address", "age")),
    *(f"context.traits.{name}" for name in ("email", "phone")),
    *(f"properties.{name}" for name in CommerceShape.__struct_fields__),
]


@pytest.mark.parametrize("value", [True, 1.5, [], [1]])
@pytest.mark.parametrize("path", IDS + TEXTS + OBJECTS)
def test_wrong_types_at_the_top(path: str, value: Any) -> None:
    refused = rejection(at(path, value))
    assert (refused.reason, refused.where) == (Reason.WRONG_TYPE, f"$.{path}")
    assert "expected" in refused.message


@pytest.mark.parametrize("value", [True, {}, [[]]])
@pytest.mark.parametrize("path", NESTED)
def test_wrong_types_further_in(path: str, value: Any) -> None:
    refused = rejection(at(path, value))
    assert refused.reason is Reason.WRONG_TYPE and refused.where.startswith(f"$.{path}")


def test_every_known_field_is_covered_above() -> None:
    known = set(Item.__struct_encode_fields__)
    assert known == {*IDS, *TEXTS, *(path for path in OBJECTS if "." not in path)}
    assert {"traits", "external_ids", "library", "page", "device"} <= set(ContextShape.__struct_fields__)


@pytest.mark.parametrize(
    ("path", "value", "reason", "where"),
    [
        ("context.externalIds", {}, Reason.WRONG_TYPE, "$.context.externalIds"),
        ("context.externalIds", [{"id": 1.5, "type": "x"}], Reason.WRONG_TYPE, "$.context.externalIds[0].id"),
        ("context.externalIds", [{"type": "x"}], Reason.MISSING_FIELD, "$.context.externalIds[0].id"),
        ("context.externalIds", [{"id": "1", "type": "x"}] * 33, Reason.TOO_MANY_IDENTIFIERS, "$.context.externalIds"),
        ("properties.products", [{"price": []}], Reason.WRONG_TYPE, "$.properties.products[0].price"),
        ("properties.products", ["mug"], Reason.WRONG_TYPE, "$.properties.products[0]"),
        ("messageId", "m" * 101, Reason.ID_TOO_LONG, "$.messageId"),
        ("userId", "u" * 257, Reason.ID_TOO_LONG, "$.userId"),
        ("event", "e" * 513, Reason.TOO_LARGE, "$.event"),
        ("event", "", Reason.MISSING_FIELD, "$.event"),
        ("event", None, Reason.MISSING_FIELD, "$.event"),
        ("timestamp", "yesterday", Reason.BAD_TIME, "$.timestamp"),
        ("originalTimestamp", "", Reason.BAD_TIME, "$.originalTimestamp"),
        ("sentAt", "soon", Reason.BAD_TIME, "$.sentAt"),
        ("timestamp", "0001-01-01T00:00:00Z", Reason.TIME_OUT_OF_RANGE, "$.timestamp"),
        ("originalTimestamp", 0, Reason.TIME_OUT_OF_RANGE, "$.originalTimestamp"),
        ("messageId", "a\0", Reason.BAD_CHARACTER, "$.messageId"),
        ("context.externalIds", [{"id": "a\0", "type": "x"}], Reason.BAD_CHARACTER, "$.context.externalIds[0].id"),
    ],
)
def test_what_is_refused(path: str, value: Any, reason: Reason, where: str) -> None:
    refused = rejection(at(path, value))
    assert (refused.reason, refused.where) == (reason, where)


@pytest.mark.parametrize(
    ("call", "item", "where"),
    [
        ("track", {}, "$.event"),
        ("alias", {"previousId": "p"}, "$.userId"),
        ("alias", {"userId": "u"}, "$.previousId"),
        ("group", {"userId": "u"}, "$.groupId"),
    ],
)
def test_missing_fields(call: str, item: dict[str, Any], where: str) -> None:
    refused = rejection(item, call)
    assert (refused.reason, refused.where) == (Reason.MISSING_FIELD, where)


def test_nul_in_free_text_is_replaced() -> None:
    taken = event(at("properties.note", "a\0b") | {"context": {"page": {"title": "\0"}}})
    assert taken.properties["note"] == "a\ufffdb" and taken.context["page"]["title"] == "\ufffd"


def test_names_and_nobody_are_allowed() -> None:
    taken = event({"event": "Order Completed", "properties": {"receipt_id": 17}})
    assert taken.user_id == taken.anonymous_id == "" and taken.source is SERVER


def test_numeric_ids_become_their_digits() -> None:
    taken = event(
        {"event": "x", "userId": 17, "messageId": 10**24, "context": {"externalIds": [{"id": 5, "type": "t"}]}}
    )
    assert (taken.user_id, taken.message_id) == ("17", str(10**24))
    assert taken.external_ids == (ExternalId("5", "t"),)


def test_explicit_nulls_are_absent() -> None:
    nulls = {name: None for name in Item.__struct_encode_fields__}
    assert event({**nulls, **TRACK}) == event(TRACK)


def test_traits_of_an_identify_go_over_those_of_the_context() -> None:
    item = {"context": {"traits": {"email": "a@shop.example", "name": "A"}}, "traits": {"name": "B"}}
    assert event(item, "identify").traits == {"email": "a@shop.example", "name": "B"}
    assert event({**item, "event": "x"}).traits == {"email": "a@shop.example", "name": "A"}


def test_a_groups_traits_are_properties() -> None:
    taken = event({"groupId": "choir", "traits": {"email": ["not a person's"]}}, "group")
    assert taken.properties == {"email": ["not a person's"], "group_id": "choir"} and taken.traits == {}


def test_pages_keep_their_name_and_category() -> None:
    taken = event({"name": "Start", "category": "Shop", "properties": {"path": "/"}}, "page")
    assert (taken.name, taken.properties) == ("Start", {"path": "/", "category": "Shop"})
    assert event({"properties": {"name": "P"}}, "screen").name == "P"


def test_an_alias_without_previous_id_takes_the_anonymous_one() -> None:
    assert event({"userId": "u", "anonymousId": "a"}, "alias").previous_id == "a"


def test_original_timestamp_goes_first_and_the_batch_gives_its_sending_time() -> None:
    # The clock of the sender is an hour behind: 08:34:59 was a second before it sent, at 09:34:59 of ours.
    item = {"type": "page", "originalTimestamp": "2026-03-14T08:34:59Z", "timestamp": "2020-01-01"}
    (taken,) = decode(json.dumps({"batch": [item], "sentAt": "2026-03-14T08:35:00Z"}).encode())
    assert isinstance(taken, Event)
    assert (taken.time, taken.clock) == (RECEIVED - 1_000_000, "corrected")


def test_batch_context_goes_under_each_item_and_the_bodys_key_is_ignored() -> None:
    item = {"type": "track", "event": "x", "messageId": "1", "context": {"ip": "1.2.3.0"}}
    shared = {"locale": "cs", "ip": "9.9.9.0"}
    first, second = decode(
        json.dumps({"batch": [item, {**item, "context": None}], "context": shared, "writeKey": "K"}).encode()
    )
    assert isinstance(first, Event) and first.context == {"locale": "cs", "ip": "1.2.3.0"}
    assert isinstance(second, Event) and second.context == shared
    assert event({**item, "context": first.context, "writeKey": "L", "sentAt": "2026-03-14"}).content == first.content


def test_content_is_blind_to_re_sending_and_sees_all_else() -> None:
    said = event(TRACK).content
    assert event(dict(reversed(TRACK.items()))).content == said
    assert event({**TRACK, "sentAt": "2026-03-14T09:00:00Z", "integrations": {"All": True}}).content == said
    assert event({**TRACK, "type": "track", "writeKey": "x", "_metadata": {"tries": 2}}).content == said
    for path in ("userId", "anonymousId", "timestamp", "properties.total", "context.ip", "traits.email"):
        assert event(at(path, "2026-03-01")).content != said


def test_missing_ids() -> None:
    timed = {"event": "x", "timestamp": "2026-03-14T09:00:00Z"}
    assert event(timed).message_id == event({**timed, "sentAt": "2026-03-14T09:35:00Z"}).message_id
    assert event(timed).message_id != event({**timed, "userId": "u"}).message_id
    untimed = b'{"batch":[{"type":"page"},{"type":"page","messageId":""}]}'
    names = [each.message_id for each in decode(untimed, place="7:1") if isinstance(each, Event)]
    assert names == ["place-7:1:0", "place-7:1:1"]
    assert all(len(name) <= 100 for name in [*names, event(timed).message_id])


def test_bots_and_origin() -> None:
    agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    assert event({**TRACK, "context": {"userAgent": agent}}).bot
    assert not event({**TRACK, "context": {"userAgent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}}).bot
    assert event({**TRACK, "origin": "simulated"}).origin == "simulated"
    assert event({**TRACK, "context": {"origin": "simulated"}}).origin == "simulated"


def test_a_refused_frame_becomes_one_rejection() -> None:
    with pytest.raises(Unreadable) as caught:
        receive(CLIENT, "batch", b'{"batch":', "", RECEIVED)
    frame = refused_frame(CLIENT, RECEIVED, caught.value)
    (refused,) = decode_frame(frame, CLIENT, SECRET, "1:1")
    assert isinstance(refused, Rejection)
    assert (refused.reason, refused.body) == (Reason.MALFORMED, b'{"batch":')


def test_a_control_frame_is_no_input() -> None:
    with pytest.raises(ValueError, match="control"):
        decode_frame(Frame("x", 1, 0, "control", b""), SERVER, SECRET, "1:1")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
fields = st.sampled_from([*Item.__struct_encode_fields__, "writeKey", "x"])
items = st.dictionaries(fields, json_values, max_size=6) | json_values
calls = st.sampled_from(["batch", "import", "track", "identify", "page", "screen", "group", "alias"])
typed = st.sampled_from(["track", "page", "identify"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(items, typed), max_size=4), json_values, calls)
def test_any_json_becomes_events_or_rejections(batch: list[tuple[Any, str]], context: Any, call: str) -> None:
    listed = [{"type": kind, "event": "x", **item} if isinstance(item, dict) else item for item, kind in batch]
    body = json.dumps({"batch": listed, "context": context, **(listed[0] if listed and call == "track" else {})}
                      if not listed or isinstance(listed[0], dict) else listed).encode()  # fmt: skip
    try:
        frame = receive(SERVER, call, body, "", RECEIVED)
    except Unreadable:
        return
    outcomes = decode_frame(frame, SERVER, SECRET, "1:1")
    assert outcomes == decode_frame(frame, SERVER, SECRET, "1:1"), "the same frame, the same result"
    assert len(outcomes) == frame.items
    for outcome in outcomes:
        shown = outcome.where + outcome.message if isinstance(outcome, Rejection) else outcome.message_id + outcome.name
        shown.encode()
        assert "\0" not in shown


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=60).map(str.encode), calls, st.sampled_from(["", "gzip", "br"]))
def test_any_bytes_are_taken_or_refused(body: bytes, call: str, encoding: str) -> None:
    try:
        frame = receive(CLIENT, call, body, encoding, RECEIVED)
    except Unreadable as why:
        frame = refused_frame(CLIENT, RECEIVED, why)
    assert len(decode_frame(frame, CLIENT, SECRET, "1:1")) == frame.items


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=3))
def test_any_damage_to_a_batch(place: int, damage: bytes) -> None:
    body = json.dumps({"batch": [TRACK | {"type": "track", "context": {"ip": "1.2.3.4"}}] * 4}).encode()
    broken = body[:place] + damage + body[place + len(damage) :]
    try:
        frame = receive(SERVER, "batch", broken, "", RECEIVED)
    except Unreadable:
        return
    assert len(decode_frame(frame, SERVER, SECRET, "1:1")) == frame.items
