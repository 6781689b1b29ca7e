"""Events that tell what became of a message: each is said once, under a name made of its decision."""

from collections.abc import Mapping
from typing import Any, Final

from regulars.decisioning.outbox import OutboxRow
from regulars.identity.saying import Word
from regulars.model.identifier import Identifier

SOURCE: Final = "messages"
"""As which source they are said."""
_NOTHING: Final[Mapping[str, Any]] = {}


def message_event(
    event: str,
    row: OutboxRow,
    at: int,
    *,
    customer: bytes = b"",
    identifier: Identifier | None = None,
    simulated: bool = False,
    part: str = "",
    more: Mapping[str, Any] = _NOTHING,
) -> Word:
    """What is said of a delivery; `part` tells events apart that may come more than once. `more` with '' falls out."""
    said = {"decision": row.decision.hex(), "message": row.message, "action": row.action, "channel": row.channel,
            "purpose": row.purpose, "topic": row.topic, "variant": row.variant, **more}  # fmt: skip
    kind = event.rpartition(" ")[2].lower()
    return Word(
        event=event,
        message_id=":".join(each for each in (kind, row.decision.hex(), part) if each),
        at=at,
        properties={name: value for name, value in said.items() if value != ""},
        customer=customer,
        identifier=identifier,
        simulated=simulated,
    )
