"""A decision taken once more from what the ledger holds of it: it must come out the same."""

import msgspec

from regulars.decisioning.arbitrate import decide
from regulars.model.decision import Decision, Rulebook


class Replayed(msgspec.Struct, frozen=True):
    """The decision as it comes out now, and in which parts it differs from the recorded one (none: the same)."""

    decision: Decision
    differs: tuple[str, ...]


def replay(recorded: Decision, book: Rulebook) -> Replayed:
    """Decide again from the recorded facts, by the rulebook that the record names."""
    again = decide(recorded.known, recorded.asked, book, recorded.at)
    differs = tuple(name for name in Decision.__struct_fields__ if getattr(again, name) != getattr(recorded, name))
    return Replayed(again, differs)
