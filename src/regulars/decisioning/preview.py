"""What would be done for a customer now, were somebody to ask; nothing is written."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from regulars.decisioning.arbitrate import decide
from regulars.decisioning.facts import Means, gather
from regulars.decisioning.words import why
from regulars.model.decision import Action, Decision, Occasion, Rulebook, occasion_id, rulebook
from regulars.storage.database import Connection


class Step(msgspec.Struct, frozen=True):
    """The decision as it would be taken, the action that it is about, and why in words; `action` None for nothing."""

    decision: Decision
    action: Action | None
    why: str


def next_step(
    connection: Connection, customer: bytes, book: Rulebook, means: Means, facts: Mapping[str, Sequence[str]], now: int
) -> Step:
    """The best next step for a current customer id by what is known without an event.

    `facts` names products by what they are to her: `cart` and `again`. Only actions are weighed that say themselves
    when they fit, by segments or by needs that these facts fill: for the others only their journey knows the moment.
    """
    offered, context = _offered(book, {name: list(of) for name, of in facts.items() if of})
    small = rulebook(book.policy, offered, book.zone, book.currency)
    known = gather(connection, [customer], small, means, now)[customer]
    key = f"preview/{customer.hex()}"
    asked = Occasion(id=occasion_id(means.secret, key), key=key, kind="api", name="preview", context=context)
    decision = decide(known, asked, small, now)
    about = decision.about
    action = None if about is None else next(each for each in offered if each.name == about.action)
    return Step(decision, action, why(decision, small))


def _offered(book: Rulebook, facts: dict[str, list[str]]) -> tuple[tuple[Action, ...], dict[str, Any]]:
    context: dict[str, Any] = {**facts, "products": sorted({each for of in facts.values() for each in of})}
    fits = {"abandoned-cart": "cart", "due-again": "again"}
    found = []
    for each in book.actions:
        needed = fits.get(each.message)
        says = each.segments_in or any(need.fact in context for need in each.needs)
        if each.enabled and (needed in facts if needed else says) and set(each.channels) - {"onsite"}:
            # Where it may stand does not matter to somebody who looks at her.
            found.append(msgspec.structs.replace(each, placements=()))
    return tuple(found), context
