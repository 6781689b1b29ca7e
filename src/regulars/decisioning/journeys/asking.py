"""What is asked of a decision where a journey comes to a message: the actions, the occasion's name, its context."""

from typing import Any

from regulars.decisioning.deciding import RATE, WORTH
from regulars.decisioning.journeys.journey import Journey, Known
from regulars.decisioning.journeys.machine import Entry, World
from regulars.model.contact import DELIVERED
from regulars.model.decision import Action

MOST: int = 20
"""Products that a message is told of."""


def actions_of(journey: Journey, version: int) -> tuple[Action, ...]:
    """What a journey may do: an action for each of its messages, named like it."""
    return tuple(
        Action(
            name=name, version=version, title=journey.title, purpose=journey.purpose, topic=journey.topic,
            message=name, channels=DELIVERED, worth=WORTH, base_rate=RATE,
        )
        for name in journey.messages()
    )  # fmt: skip


def occasion_key(name: str, entry: Entry) -> str:
    """What the decision at the step where an entry stands is called: the same whoever comes to it, however often."""
    again = f"/{entry.tries}" if entry.tries else ""
    return f"journey/{name}/{entry.key.hex()}/{entry.step + 1}{again}"


def context_of(journey: Journey, entry: Entry, world: World) -> dict[str, Any]:
    """What the message is about, fit for JSON; what there is not is left out."""
    context: dict[str, Any] = dict(entry.said)
    if entry.products:
        context["products"] = list(entry.products[:MOST])
        if journey.subject == "product" or len(entry.products) == 1:
            context["product"] = entry.products[0]
    if entry.order:
        context["order"] = entry.order
    if any(isinstance(check, Known) and check.what == "article" for check in journey.checks()):
        context["article"] = world.article(entry.products)
    return {name: value for name, value in context.items() if value}
