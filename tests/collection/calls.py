"""Short hands for the tests of collection: one source, one secret, one moment."""

import json
from pathlib import Path
from typing import Any

from regulars.collection.decode import decode_frame
from regulars.collection.receive import receive
from regulars.model.event import Event
from regulars.model.rejection import Rejection
from regulars.model.secret import Secret
from regulars.model.source import Source, Trust

SERVER = Source("till", Trust.SERVER)
CLIENT = Source("site", Trust.CLIENT)
SECRET = Secret(b"a secret of the tests")
RECEIVED = 1_773_480_900_000_000  # 2026-03-14T09:35:00Z
FIXTURES = Path(__file__).parents[1] / "fixtures" / "sdk"


def decode(body: bytes, call: str = "batch", source: Source = SERVER, place: str = "12:3") -> list[Event | Rejection]:
    return decode_frame(receive(source, call, body, "", RECEIVED), source, SECRET, place)


def one(item: bytes | dict[str, Any], call: str = "track", source: Source = SERVER) -> Event | Rejection:
    (outcome,) = decode(item if isinstance(item, bytes) else json.dumps(item).encode(), call, source)
    return outcome


def event(item: bytes | dict[str, Any], call: str = "track", source: Source = SERVER) -> Event:
    outcome = one(item, call, source)
    assert isinstance(outcome, Event), outcome
    return outcome


def rejection(item: bytes | dict[str, Any], call: str = "track", source: Source = SERVER) -> Rejection:
    outcome = one(item, call, source)
    assert isinstance(outcome, Rejection), outcome
    return outcome
