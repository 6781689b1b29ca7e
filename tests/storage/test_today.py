"""What Home counts: by the same channels as profiles, whatever senders put into an event."""

import json

import pytest
from support.installation import RECEIVED, SECRET, SHOP, Installation, identify, track

from regulars.collection.decode import decode_frame
from regulars.collection.receive import receive
from regulars.model.event import Event
from regulars.profiles.activity import channel_of
from regulars.storage.today import begun, channel, rejected_since, today

ITEMS = [
    {"type": "track", "event": "A"}, {"type": "page"}, {"type": "screen", "name": "s"}, identify("u"),
    {"type": "track", "event": "A", "properties": {"channel": "Store"}},
    {"type": "track", "event": "A", "properties": {"channel": ""}},
    {"type": "track", "event": "A", "properties": {"channel": "", "store_id": 7}},
    {"type": "track", "event": "A", "properties": {"store_id": "7"}},
    {"type": "track", "event": "A", "properties": {"store_id": None}, "context": {"page": {"url": "x"}}},
    {"type": "track", "event": "A", "context": {"device": {"id": "d"}}},
    {"type": "track", "event": "A", "context": {"page": {}}},
    {"type": "group", "groupId": "g", "context": {"page": {}}},
    {"type": "page", "properties": {"channel": "É" * 50, "text": "\u202e<b>"}},
]  # fmt: skip


@pytest.mark.parametrize("item", ITEMS)
def test_the_channel_is_that_of_profiles(item: dict[str, object]) -> None:
    said = {"userId": "u", "messageId": "m", "timestamp": "2026-03-01T10:00:00Z", **item}
    frame = receive(SHOP, "batch", json.dumps({"batch": [said]}).encode(), "", RECEIVED)
    (event,) = decode_frame(frame, SHOP, SECRET, "1:0")
    assert isinstance(event, Event), event
    body = json.dumps({name: getattr(event, name) for name in ("properties", "context")}).encode()
    assert channel(event.kind, body) == channel_of(event)


def test_today(installation: Installation) -> None:
    assert installation.read(lambda connection: today(connection, 0)) == ([], False)
    installation.send(SHOP, *({"userId": "u", **item} for item in ITEMS), track("", "u"))
    installation.send(SHOP, track("Order Completed", "v", order_id="1", channel="store"))
    found, cut = installation.read(lambda connection: today(connection, 0))
    by = {each.channel: each for each in found}
    assert not cut and sum(each.events for each in found) == len(ITEMS) + 1
    assert (by["store"].events, by["store"].customers, by["store"].orders) == (4, 2, 1)
    assert installation.read(lambda connection: rejected_since(connection, 0)) == 1
    assert installation.read(lambda connection: today(connection, RECEIVED + 1)) == ([], False)
    assert installation.read(lambda connection: rejected_since(connection, RECEIVED + 1)) == 0


def test_how_far_it_is_set_up(installation: Installation) -> None:
    there = installation.read(begun)
    assert (there.key, there.received, there.customer, there.colleagues) == (False,) * 4
    installation.send(SHOP, identify("u"))
    assert installation.read(begun).customer
