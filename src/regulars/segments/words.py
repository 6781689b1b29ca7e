"""A rule in words, as people say it."""

from typing import Final

from regulars.segments.rule import All, Consent, Did, Insight, Node, Scalar, Some, Trait, Where

DONE: Final = {
    "bought": ("bought", "bought"), "ordered": ("ordered", "ordered"), "returned": ("gave back", "given back"),
    "viewed": ("looked at", "looked at"), "clicked": ("clicked on", "clicked on"),
    "added": ("put into the cart", "put into the cart"), "removed": ("took out of the cart", "taken out of the cart"),
    "wishlisted": ("put on the wish list", "put on the wish list"),
    "unwishlisted": ("took off the wish list", "taken off the wish list"),
    "saved": ("saved for later", "saved for later"), "unsaved": ("took off what was saved", "taken off what was saved"),
    "compared": ("compared", "compared"), "tried_on": ("tried on", "tried on"),
    "fitting_requested": ("asked to try on", "asked to try on"), "reviewed": ("reviewed", "reviewed"),
    "shared": ("shared", "shared"), "event": ("did", "done"),
}  # fmt: skip
"""What was done: as `she …`, and as `what was …`."""

OPS: Final = {
    "is": "is", "is_not": "is not", "one_of": "is one of", "not_one_of": "is none of", "contains": "contains",
    "at_least": "is at least", "at_most": "is at most", "more": "is more than", "less": "is less than",
    "within_days": "was within days", "not_within_days": "was not within days", "known": "is known",
    "unknown": "is not known",
}  # fmt: skip
"""The comparisons."""

TRAITS: Final = {
    "kind": "Known as", "first_seen": "First seen", "last_seen": "Last seen", "first_channel": "First channel",
    "last_channel": "Last channel", "origin": "Data",
}  # fmt: skip
MEASURES: Final = {
    "times": "times", "days": "days", "products": "products", "categories": "departments", "stores": "stores",
    "pieces": "pieces", "amount": "in minor units of money",
}  # fmt: skip


def condition_words(node: Did | Trait | Insight | Consent) -> str:
    """One condition as a sentence without a full stop."""
    if isinstance(node, Did):
        return _did(node)
    if isinstance(node, Trait):
        return f"{TRAITS[node.field]} {_compared(node.op, node.value)}"
    if isinstance(node, Insight):
        return f"{node.field.replace('_', ' ').capitalize()} {_compared(node.op, node.value)}"
    said = {"given": "said yes to", "withdrawn": "said no to", "none": "said nothing about"}[node.word]
    return f"{said.capitalize()} {node.purpose} by {node.channel}"


def rule_words(node: Node) -> list[str]:
    """A rule, a line a condition or group; what is within a group is set in by two spaces."""
    if not isinstance(node, All | Some):
        return [condition_words(node)]
    title = "All of these:" if isinstance(node, All) else "One of these, or more:"
    return [title, *(f"  {line}" for each in node.of for line in rule_words(each))]


def _did(did: Did) -> str:
    past = DONE[did.what][0]
    thing = f"“{did.event}”" if did.what == "event" else "one product" if did.same else ""
    parts = [f"Never {past}" if did.negated else past.capitalize(), thing, _often(did), _when(did)]
    parts += [f"where {each}" if not number else f"and {each}" for number, each in enumerate(map(_where, did.where))]
    if did.then_not:
        later = " or ".join(DONE[each][1] for each in did.then_not)
        parts.append(f"that was not {later} afterwards")
    return " ".join(part for part in parts if part)


def _often(did: Did) -> str:
    of = MEASURES[did.measure]
    if did.at_most is None:
        return "" if did.at_least == 1 and did.measure == "times" else f"{did.at_least:,} {of} or more"
    if did.at_least == did.at_most:
        return f"{did.at_least:,} {of} exactly"
    return f"at most {did.at_most:,} {of}" if not did.at_least else f"{did.at_least:,} to {did.at_most:,} {of}"


def _when(did: Did) -> str:
    if did.within_days is None:
        return f"more than {did.before_days} days ago" if did.before_days else ""
    if did.before_days:
        return f"from {did.within_days} to {did.before_days} days ago"
    return f"within {did.within_days} days"


def _where(where: Where) -> str:
    return f"{where.field.removeprefix('properties.')} {_compared(where.op, where.value)}"


def _compared(op: str, value: Scalar | list[Scalar] | None) -> str:
    if op in ("within_days", "not_within_days"):
        return f"{'' if op == 'within_days' else 'not '}within {value} days"
    if value is None:
        return OPS[op]
    shown = ", ".join(map(_shown, value)) if isinstance(value, list) else _shown(value)
    return f"{OPS[op]} {shown}"


def _shown(value: Scalar) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int | float) else value
