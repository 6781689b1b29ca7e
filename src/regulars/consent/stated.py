"""What a customer states of herself (sizes, brands, occasions): traits that outrank whatever else is said of her."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from regulars.collection.receive import receive
from regulars.identity.rules import Rules
from regulars.identity.speaker import Speaker
from regulars.model.identifier import Identifier
from regulars.model.source import Source, Trust
from regulars.storage import log, sources
from regulars.storage.database import Connection

SOURCE: Final = "herself"
PRECEDENCE: Final = 1_000_000
"""Above that of any system: who should know her sizes better."""
SIZES, BRANDS, OCCASIONS = "sizes", "brands", "occasions"
"""The traits: `{thing: size}`, a list of names, a list of `{what, on}` with `on` as `MM-DD`."""


def state(connection: Connection, rules: Rules, identifier: Identifier, traits: Mapping[str, Any], now: int) -> None:
    """Say in the log what she states of herself; None takes a trait back. In a transaction of the caller's."""
    group = identifier.space if rules.rule_of(identifier.type).space in ("group", "site") else "main"
    source = Source(SOURCE if group == "main" else f"{SOURCE} ({group})", Trust.SERVER, group, PRECEDENCE)
    sources.register(connection, source)
    call = {
        "type": "identify",
        "messageId": f"stated:{secrets.token_hex(12)}",
        "timestamp": datetime.fromtimestamp(now / 1_000_000, UTC).isoformat(timespec="milliseconds"),
        "traits": dict(traits),
        **Speaker(source, identifier).named(),
    }
    frame = receive(source, "batch", msgspec.json.encode({"batch": [call]}), "", now)
    log.append(connection, [[frame]])
