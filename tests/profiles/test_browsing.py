"""What is left of a browsing event folds to the same bundle and fragment, holds no detail, and stays as it is then."""

import json
import sys
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from support.installation import POLICY, SECRET, SHOP, SITE

from regulars.collection.decode import decode_frame
from regulars.identity.bundle import bundle_of
from regulars.identity.extract import identifiers_of
from regulars.identity.rules import RULES
from regulars.model.event import Event
from regulars.model.frame import Frame
from regulars.profiles.browsing import BROWSING, KINDS, is_browsing, stripped
from regulars.profiles.facts import fragment_of
from regulars.profiles.interactions import KIND_OF, interactions_of

RECEIVED = 1_773_480_900_000_000
SECRETS = "private-detail"

few = st.sampled_from(["a", "b", "store", "APP", "web"])
maybe = st.none() | few
ids = st.fixed_dictionaries({}, optional={"userId": few, "anonymousId": few, "messageId": few, "origin": few})
times = st.fixed_dictionaries(
    {},
    optional={
        "timestamp": st.sampled_from(["2026-03-14T09:00:00Z", "2026-03-14T10:00:00Z", 1_773_480_000]),
        "originalTimestamp": st.just("2026-03-14T09:10:00Z"),
        "sentAt": st.sampled_from(["2026-03-14T09:20:00Z", "2026-03-14T09:35:00Z"]),
    },
)
properties = st.fixed_dictionaries(
    {"url": st.just(SECRETS), "product_id": st.just(SECRETS), "name": st.just(SECRETS)},
    optional={name: maybe for name in ("channel", "store_id", "till_id", "receipt_id", "order_id")},
)
contexts = st.fixed_dictionaries(
    {"page": st.fixed_dictionaries({}, optional={"title": st.just(SECRETS)}), "ip": st.just("10.0.0.0")},
    optional={
        "traits": st.fixed_dictionaries({}, optional={"email": st.just("ada@mail.example"), "city": few}),
        "externalIds": st.just([{"type": "device_id", "id": "d1"}]),
        "device": st.fixed_dictionaries({}, optional={"id": few, "model": few, "name": few}),
        "app": st.just({"name": "Shop"}),
        "userAgent": st.sampled_from(["Googlebot/2.1", "Mozilla/5.0"]),
        "origin": st.just("simulated"),
    },
)
kinds = st.sampled_from(["page", "screen", *sorted(BROWSING)])


@st.composite
def items(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(kinds)
    named = {"type": kind, "name": SECRETS} if kind in ("page", "screen") else {"type": "track", "event": kind}
    given_context = {"context": draw(contexts)} if draw(st.booleans()) else {}
    return {**named, **draw(ids), **draw(times), "properties": draw(properties), **given_context}


def read(item: bytes, server: bool) -> Event:
    source = SHOP if server else SITE
    body = b'{"batch":[' + item + b"]}"
    (found,) = decode_frame(Frame(source.name, int(source.trust), RECEIVED, "batch", body), source, SECRET, "7:0")
    assert isinstance(found, Event), found
    return found


@given(items(), st.booleans())
def test_what_is_left_says_the_same_of_who_when_and_where(item: dict[str, Any], server: bool) -> None:
    raw = json.dumps(item).encode()
    before = read(raw, server)
    left = stripped(raw, before)
    after = read(left, server)
    assert is_browsing(before) and is_browsing(after)
    assert fragment_of(after) == fragment_of(before)
    assert after.message_id == before.message_id and after.time == before.time and after.clock == before.clock
    seen = identifiers_of(before, POLICY, RULES)
    assert identifiers_of(after, POLICY, RULES) == seen
    assert bundle_of(after, seen, SECRET) == bundle_of(before, seen, SECRET)
    assert SECRETS.encode() not in left and interactions_of(after) == ()
    assert stripped(left, after) == left


def test_the_kinds_come_from_browsing_alone() -> None:
    assert {KIND_OF[name] for name in BROWSING if name in KIND_OF} == set(KINDS)
    assert {name for name, kind in KIND_OF.items() if kind in KINDS} <= BROWSING
