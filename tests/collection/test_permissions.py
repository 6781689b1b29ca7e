"""A public key may not move rights or value (DESIGN: Trust)."""

from typing import Any

import pytest
from collection.calls import CLIENT, SERVER, event, rejection

from regulars.collection.permissions import SERVER_ONLY
from regulars.model.rejection import Reason

GIVEN: dict[str, Any] = {"event": "Consent Given", "anonymousId": "a-1", "properties": {"purpose": "news"}}


@pytest.mark.parametrize("name", [*sorted(SERVER_ONLY), "Points Earned", "Order_Refunded", " MESSAGE  opened"])
def test_server_only(name: str) -> None:
    refused = rejection({"event": name, "userId": "u"}, source=CLIENT)
    assert (refused.reason, refused.where) == (Reason.NOT_ALLOWED_FOR_CLIENT, "$.event")
    event({"event": name, "userId": "u"}, source=SERVER)


@pytest.mark.parametrize(
    "more",
    [
        {"userId": "u"},
        {"anonymousId": None},
        {"context": {"traits": {"email": "greta@shop.example"}}},
        {"context": {"traits": {"phone": 1}}},
        {"context": {"externalIds": [{"id": "g", "type": "loyalty_id"}]}},
        {"properties": {"address": "greta@shop.example"}},
        {"properties": {"email": "greta@shop.example"}},
        {"properties": {"address": ["a-1"]}},
        {"event": "consent withdrawn", "userId": 5},
    ],
)
def test_consent_of_others(more: dict[str, Any]) -> None:
    assert rejection({**GIVEN, **more}, source=CLIENT).reason is Reason.NOT_ALLOWED_FOR_CLIENT
    event({**GIVEN, **more}, source=SERVER)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"properties": {"address": "a-1"}},
        {"anonymousId": None, "context": {"device": {"id": "d-1"}}},
        {"anonymousId": None, "context": {"externalIds": [{"id": "d-1", "type": "device_id"}]}},
    ],
)
def test_consent_of_its_own_id(more: dict[str, Any]) -> None:
    event({**GIVEN, **more}, source=CLIENT)


def test_names_that_only_begin_alike() -> None:
    event({"event": "Case Study Viewed"}, source=CLIENT)
    event({"event": "Order Completed"}, source=CLIENT)
