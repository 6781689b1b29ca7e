"""Many customers who may be written to, straight through the log and the pipeline."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from regulars.collection.receive import receive
from regulars.model.source import Source, Trust
from regulars.storage import log
from regulars.storage.database import Connection
from regulars.storage.sources import register

SHOP = Source("shop", Trust.SERVER)
AT_ONCE = 1_000


def people(connection: Connection, count: int, step: Callable[[], object], received: int) -> None:
    """So many customers with an e-mail and a word for marketing by it, all taken in by `step`; `received` in µs."""
    register(connection, SHOP)
    at = datetime.fromtimestamp(received / 1_000_000 - 3600, UTC).isoformat()
    for start in range(0, count, AT_ONCE):
        items = []
        for number in range(start, min(start + AT_ONCE, count)):
            address = f"p{number}@mail.example"
            user = {"userId": f"p{number}", "timestamp": at}
            said = {"purpose": "marketing", "channel": "email", "address": address}
            items.append({"type": "identify", "messageId": f"i{number}", "traits": {"email": address}, **user})
            given = {"type": "track", "event": "Consent Given", "messageId": f"c{number}"}
            items.append({**given, "properties": said, **user})
        log.append(connection, [[receive(SHOP, "batch", json.dumps({"batch": items}).encode(), "", received)]])
    step()
