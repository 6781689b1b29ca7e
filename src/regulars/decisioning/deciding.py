"""Many decisions at once, for journeys and campaigns: facts gathered, each decided, all written in one transaction."""

from collections.abc import Callable, Sequence
from typing import Final, Literal

import msgspec

from regulars.decisioning import ledger
from regulars.decisioning.arbitrate import decide
from regulars.decisioning.facts import Means, facts_of, gather
from regulars.identity.rules import Rules
from regulars.model.contact import ContactPolicy
from regulars.model.decision import HELD_BACK, Action, Decision, Occasion, Rulebook, rulebook
from regulars.model.secret import Secret
from regulars.storage.database import Connection

What = Literal["sent", "held", "unsent"]
"""What came of asking: it goes, it is held back to compare, or nothing is sent."""

WORTH: Final = 5_000
"""What a message is taken to be worth when it works, in minor units, where no action says more."""
RATE: Final = 0.02

Wanted = Sequence[tuple[bytes, Occasion]]
"""For whom it is decided (current ids), and why."""


class Deciding(msgspec.Struct, frozen=True):
    """What is decided by; `actions` gives the shop's own actions, which stand in for those of the same names."""

    secret: Secret
    rules: Rules
    policy: ContactPolicy
    zone: str
    currency: str
    actions: Callable[[Connection], Sequence[Action]]

    @property
    def _means(self) -> Means:
        return Means(self.rules, self.secret)

    def book(self, connection: Connection, own: Sequence[Action]) -> Rulebook:
        """The rulebook of these actions, the shop's own in place of those of the same names."""
        stated = {each.name: each for each in self.actions(connection)}
        chosen = {each.name: stated.get(each.name, each) for each in own}
        return rulebook(self.policy, tuple(chosen.values()), self.zone, self.currency)

    def decide(self, connection: Connection, wanted: Wanted, book: Rulebook, now: int) -> list[Decision]:
        """What would be decided; nothing is written. Up to some hundreds at once."""
        customers = sorted({customer for customer, _ in wanted})
        known = gather(connection, customers, book, self._means, now)
        return [decide(known[customer], occasion, book, now) for customer, occasion in wanted]

    def settle(self, connection: Connection, wanted: Wanted, own: Sequence[Action], now: int) -> list[Decision]:
        """Decide and write; returns what the ledger now says of each occasion, in their order."""
        if not wanted:
            return []
        book = self.book(connection, own)
        known = facts_of(connection, sorted({customer for customer, _ in wanted}), book, self._means, now)
        opened = [ledger.Wanted(known[customer], occasion, now) for customer, occasion in wanted]
        made = ledger.record(connection, opened, book)
        older = [occasion.id for _, occasion in wanted if occasion.id not in made]
        found = {each.decision.id: each.decision for each in ledger.find_all(connection, older)} if older else {}
        return [made.get(occasion.id) or found[occasion.id] for _, occasion in wanted]


def what_came_of(decision: Decision) -> What:
    """What came of a decision."""
    if decision.did is not None:
        return "sent"
    return "held" if decision.arm == HELD_BACK else "unsent"


def reason(decision: Decision) -> str:
    """What came of a decision in one code: `sent`, `held_back`, `not_worth_it`, or what stood against it."""
    what = what_came_of(decision)
    if what == "sent":
        return "sent"
    if what == "held":
        return "held_back"
    dropped = [each.dropped for each in decision.candidates[:-1] if each.dropped != "channel"]
    if not all(dropped):
        return "not_worth_it"
    return dropped[0] if dropped else "channel"
