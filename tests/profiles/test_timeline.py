"""The timeline's words: never an error, always one line."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.profiles.timeline import summary

SPEC = sorted((Path(__file__).parent.parent / "fixtures" / "segment-ecommerce").glob("*.json"))


@given(
    st.sampled_from(["track", "page", "screen", "identify", "group", "alias"]),
    st.text(max_size=200) | st.sampled_from(["Order Completed", "Product Viewed", "Products Searched"]),
    st.dictionaries(
        st.sampled_from(["products", "total", "currency", "name", "query", "store_id", "channel", "title"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | st.just({}),
    ),
)
def test_anything_becomes_one_line(kind: str, name: str, properties: dict[str, Any]) -> None:
    words = summary(kind, name, properties)
    assert words and "\n" not in words and len(words) < 400


@pytest.mark.parametrize(
    ("kind", "name", "properties", "words"),
    [
        ("track", "Order Completed", {"total": 12.5, "currency": "usd", "store_id": 32, "products": [{}, {}, {}]},
         "Bought 3 products for 12.50 USD in store 32"),
        ("track", "Order Completed", {"products": [{"name": "Milk"}], "channel": "Phone"}, "Bought Milk by phone"),
        ("track", "Order Refunded", {"order_id": "1", "amount": 3}, "Refunded an order for 3.00"),
        ("track", "Product Viewed", {"name": "Chess"}, "Looked at Chess"),
        ("track", "Products Searched", {"query": "blue roses"}, "Searched for blue roses"),
        ("track", "Consent Withdrawn", {"purpose": "news"}, "Withdrew consent to news"),
        ("track", "Message Sent", {"campaign_id": 22, "channel": "post"}, "Was sent campaign 22 by post"),
        ("track", "Message Opened", {"campaign_id": "Autumn coats"}, "Opened Autumn coats"),
        ("track", "Message Bounced", {"campaign_id": {}}, "Could not be reached with a message"),
        ("track", "Store Entered", {"store_id": "12"}, "Came into store 12"),
        ("track", "Store Exited", {"store_id": []}, "Left a store"),
        ("track", "Case Opened", {"topic": "late"}, "Complained: late"),
        ("track", "Something Else", {}, "Something Else"),
        ("page", "Home", {}, "Visited the page Home"),
        ("screen", "", {}, "Opened a screen"),
        ("identify", "", {}, "Said who this is"),
    ],
)  # fmt: skip
def test_words(kind: str, name: str, properties: dict[str, Any], words: str) -> None:
    assert summary(kind, name, properties) == words
    assert summary(kind, name, properties, "till") == f"{words} (till)"


@pytest.mark.parametrize("path", SPEC, ids=lambda path: path.stem)
def test_every_example_of_the_spec_has_words(path: Path) -> None:
    said = json.loads(path.read_text())
    assert summary("track", said["event"], said["properties"])
