"""Why somebody is in a segment, or is not: condition by condition, with what she did."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from regulars.segments import tree
from regulars.segments.compiled import Columns, members_tree
from regulars.segments.did import evidence
from regulars.segments.memory import Memory
from regulars.segments.reading import insight_columns
from regulars.segments.rule import All, BadRule, Condition, Consent, Did, Group, Insight, Some, Trait, walk
from regulars.segments.words import MEASURES, condition_words


class Reason(msgspec.Struct, frozen=True):
    """One condition in words, whether it holds for her, and what is known of her about it; '' where that is nothing."""

    condition: str
    holds: bool
    found: str


class Why(msgspec.Struct, frozen=True):
    """Whether she is in, and the conditions; of each group (`all` or `any`) only what stands in it is shown."""

    member: bool
    reasons: tuple[Reason, ...]


def why(memory: Memory, rule: Group, customer: bytes, at: int) -> Why:
    """Why a customer is in or not, as of a moment. Raises BadRule where the rule asks for what there is not."""
    memory.load([customer])
    insight = insight_columns(memory.database)
    reasons = [_reason(memory, node, at, insight) for _, node, _ in walk(rule) if not isinstance(node, All | Some)]
    return Why(_holds(memory, rule, at, insight), tuple(reasons))


def _holds(memory: Memory, node: Any, at: int, insight: Columns) -> bool:
    return bool(memory.database.execute(tree.sql(members_tree(node, at, insight))).fetchall())


def _reason(memory: Memory, node: Condition, at: int, insight: Columns) -> Reason:
    try:
        return Reason(condition_words(node), _holds(memory, node, at, insight), _found(memory, node, at))
    except BadRule as error:
        return Reason(condition_words(node), False, error.message)


def _found(memory: Memory, node: Condition, at: int) -> str:
    ask = memory.database.execute
    if isinstance(node, Did):
        count, last, products = ask(tree.sql(evidence(node, at))).fetchone() or (0, None, None)
        return _done(node, count or 0, last, products or [])
    if isinstance(node, Trait):
        row = ask(tree.sql(tree.value_of("customers", node.field))).fetchone()
    elif isinstance(node, Insight):
        row = ask(tree.sql(tree.value_of("insights", node.field))).fetchone()
    else:
        return _said(node, ask(tree.sql(tree.words_of(node.purpose, node.channel))).fetchall())
    return "" if row is None or row[0] is None else f"It is {_shown(row[0])}."


def _done(did: Did, count: float, last: datetime | None, products: list[str]) -> str:
    if not count or last is None:
        return "Nothing of the kind."
    number = int(count) if count == int(count) else count
    named = f": {', '.join(products[:3])}{' and more' if len(products) > 3 else ''}" if products else ""
    return f"{number:,} {MEASURES[did.measure]}{named}; last on {last:%-d %B %Y}."


def _said(node: Consent, rows: list[Any]) -> str:
    if not rows:
        return "Nothing was said."
    return " ".join(f"{str(word).capitalize()} on {time:%-d %B %Y}." for word, time in rows)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=UTC):%-d %B %Y}"
    if isinstance(value, list):
        return ", ".join(map(str, value[:5]))
    return f"{value:,}" if isinstance(value, int | float) else str(value)
