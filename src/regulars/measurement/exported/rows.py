"""From the ledger and the outbox to what the lake keeps of a decision and of its message: no address, no words."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from regulars.decisioning.ledger import recorded
from regulars.lake.discreet import word
from regulars.lake.event_rows import Row, origin_of
from regulars.model.decision import Candidate
from regulars.profiles.activity import DAY

_NOTHING = Candidate("", 0, "")


def decision_row(bundle: bytes | None, stored: Sequence[Any]) -> Row:
    """The row of one decision, stored as `decisioning.queries.DECISION_COLUMNS` has it; `bundle` is one of hers."""
    decision = recorded(tuple(stored)).decision
    about = decision.about or _NOTHING
    dropped = Counter(each.dropped for each in decision.candidates if each.dropped)
    return {
        **_common(bundle, decision.id, decision.at, decision.known.simulated),
        "kind": decision.kind,
        "name": word(decision.name, code=True),
        "action": word(about.action, code=True),
        "version": about.version or None,
        "channel": word(about.channel),
        "done": decision.did is not None and bool(about.action),
        "arm": decision.arm or None,
        "held_by": word(decision.held_by, code=True),
        "probability": decision.probability,
        "propensity": about.propensity if about.action else None,
        "value": about.value if about.action else None,
        "cost": about.cost if about.action else None,
        "pressure": about.pressure if about.action else None,
        "score": about.score if about.action else None,
        "weighed": len(decision.candidates),
        "dropped": json.dumps(dropped, sort_keys=True),
        "again": decision.again or None,
        "policy": decision.policy,
    }


def message_row(stored: Sequence[Any]) -> Row:
    """The row of what was to reach her by one decision, as `queries.MESSAGES_OF` gives it."""
    bundle, id, at, simulated, *said = stored
    names = (
        "channel", "message", "variant", "action", "purpose", "topic", "state", "why", "changed", "attempts",
        "doubtful", "opened", "opened_by_machine", "clicked", "clicked_by_machine", "dismissed",
    )  # fmt: skip
    found = dict(zip(names, said, strict=True))
    for name in ("message", "variant", "action", "purpose", "topic", "why"):
        found[name] = word(found[name], code=True)
    return {**_common(bundle, id, at, simulated), **found}


def _common(bundle: bytes | None, id: bytes, at: int, simulated: bool) -> Row:
    return {
        "bundle": None if bundle is None else bundle.hex(),
        "decision": id.hex(),
        "time": at,
        "day": at // DAY,
        "origin": origin_of(simulated),
    }
