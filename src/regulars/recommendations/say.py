"""How somebody of the shop says "it was a gift" or "do not show this": as an event in the log, filed under her."""

import uuid
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from regulars.collection.receive import receive
from regulars.identity.rules import Rules
from regulars.identity.speaker import Speaker, speakers
from regulars.model.frame import Frame
from regulars.recommendations.words import GIFT, HIDDEN, NAMES, NOT_GIFT, SHOWN
from regulars.storage import log, sources
from regulars.storage.database import Connection

SOURCE: Final = "pages"
UNDO: Final = {GIFT: NOT_GIFT, NOT_GIFT: GIFT, HIDDEN: SHOWN, SHOWN: HIDDEN}
"""What takes each word back."""


class CannotSay(ValueError):
    """Nothing that she is known by can be named; the message says so."""


def speaker(connection: Connection, customer: bytes, rules: Rules) -> Speaker:
    """Who speaks of her. Raises CannotSay."""
    found = speakers(connection, [customer], rules, SOURCE).get(customer)
    if found is None:
        raise CannotSay("nothing that this customer is known by can be named in an event")
    return found


def word_frame(
    who: Speaker, name: str, by: str, now: int, order: str = "", products: tuple[str, ...] = ()
) -> Frame:  # fmt: skip
    """The frame that says one of `words.NAMES` about an order, products or both; `now` in microseconds, `by` an actor.

    Raises ValueError for another name, or where it is about nothing.
    """
    if name not in NAMES or not (products or (order and name in (GIFT, NOT_GIFT))):
        raise ValueError(f"'{name}' must be one of {', '.join(NAMES)}, and about a product or an order")
    properties: dict[str, Any] = {"by": by}
    if order:
        properties["order_id"] = order
    if len(products) == 1:
        properties["product_id"] = products[0]
    elif products:
        properties["products"] = [{"product_id": each} for each in products]
    moment = datetime.fromtimestamp(now / 1_000_000, UTC).isoformat(timespec="milliseconds")
    call = {
        "type": "track", "event": name, "messageId": str(uuid.uuid4()), "timestamp": moment, **who.named(),
        "properties": properties,
    }  # fmt: skip
    return receive(who.source, "track", msgspec.json.encode(call), "", now)


def say(
    connection: Connection, customer: bytes, rules: Rules, name: str, by: str, now: int, *, order: str = "",
    products: tuple[str, ...] = (),
) -> int:  # fmt: skip
    """Have the log hold it; returns its place there. Raises CannotSay, and ValueError as `word_frame`.

    What is said holds for the lists as soon as the pipeline has taken that place in. `UNDO` names what takes it back.
    """
    who = speaker(connection, customer, rules)
    frame = word_frame(who, name, by, now, order, products)
    sources.register(connection, who.source)
    log.append(connection, [[frame]])
    return log.last(connection)
