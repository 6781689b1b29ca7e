"""A rule as one query of the lake: who is in the segment, of all customers or of some."""

from collections.abc import Collection, Mapping
from typing import Final

from sqlglot import exp

from regulars.segments import tree as q
from regulars.segments.compare import compared
from regulars.segments.did import did_it
from regulars.segments.rule import All, BadRule, Consent, Did, Group, Insight, Node, Some, Trait, walk

Columns = Mapping[str, str]
"""Names and DuckDB's types of the columns of the view `insights`; empty where there is none."""

CURRENT_COLUMNS: Final = frozenset({"customer", "person"})


def members_query(rule: Group, at: q.At, insight: Columns, only: Collection[str] | None = None) -> str:
    """The query that gives the customer ids of a segment.

    `at` is the moment that days are counted back from, in microseconds since 1970 UTC, or None: then the query has it
    as its parameter `at`. Of `only` these customers it
    asks the same of each as of all. Raises BadRule where it asks for an insight that there is not.
    """
    return q.sql(members_tree(rule, at, insight, only))


def members_tree(
    rule: Node, at: q.At, insight: Columns, only: Collection[str] | None = None, also: tuple[str, ...] = ()
) -> exp.Select:
    """As `members_query`, as a tree, for a group or one condition; with more columns of `customers`."""
    require_insight(rule, insight)
    chosen = None if only is None else sorted(only)
    condition = _node(rule, at, insight, chosen)
    return q.members(condition, chosen, [q.column(each, "c") for each in also])


def require_insight(rule: Node, insight: Columns) -> None:
    """Raises BadRule where a rule asks for a column that insight does not have, or compares it as it cannot be."""
    for path, node, _ in walk(rule):
        if isinstance(node, Insight):
            if node.field not in insight or node.field in CURRENT_COLUMNS:
                known = ", ".join(sorted(set(insight) - CURRENT_COLUMNS)) or "nothing yet: it is made once a day"
                raise BadRule(f"{path}.field", f'insight has no "{node.field}"; it has {known}')
            _fits(path, node, insight[node.field])


def _fits(path: str, node: Insight, type_: str) -> None:
    kind = kind_of(type_)
    if kind == "other":
        raise BadRule(f"{path}.field", f"{node.field} cannot be asked for: it is no single value")
    if kind == "texts" and node.op not in ("is", "is_not", "one_of", "not_one_of"):
        raise BadRule(
            f"{path}.op", f"{node.op} does not go with {node.field}, which is a list of texts: write is or one_of"
        )
    values = node.value if isinstance(node.value, list) else [node.value]
    sort = {"number": int | float, "text": str, "truth": bool, "time": int | float, "texts": str}[kind]
    for each in values:
        wrong = each is not None and (not isinstance(each, sort) or (isinstance(each, bool) and kind != "truth"))
        if wrong:
            raise BadRule(f"{path}.value", f"must be a {kind}, since that is what {node.field} is")
    if (kind == "time") != (node.op in ("within_days", "not_within_days")) and node.op not in ("known", "unknown"):
        raise BadRule(f"{path}.op", f"{node.op} does not go with {node.field}, which is a {kind}")
    if kind == "text" and node.op in ("at_least", "at_most", "more", "less"):
        raise BadRule(f"{path}.op", f"{node.op} does not go with {node.field}, which is a text")
    if node.op == "contains" and kind != "text":
        raise BadRule(f"{path}.op", f"contains does not go with {node.field}, which is a {kind}")


def kind_of(type_: str) -> str:
    """What sort of value a column of DuckDB's type holds: text, number, truth, time, texts, or other."""
    if type_ == "VARCHAR[]":
        return "texts"
    if type_.endswith("[]") or type_.startswith(("STRUCT", "MAP", "BLOB")):
        return "other"
    if type_ in ("VARCHAR", "JSON", "UUID") or type_.startswith("ENUM"):
        return "text"
    if type_ == "BOOLEAN":
        return "truth"
    return "time" if type_.startswith(("TIMESTAMP", "DATE")) else "number"


def _node(node: Node, at: q.At, insight: Columns, only: list[str] | None) -> q.Tree:
    if isinstance(node, All):
        return q.all_of([_node(each, at, insight, only) for each in node.of])
    if isinstance(node, Some):
        return q.any_of([_node(each, at, insight, only) for each in node.of])
    if isinstance(node, Did):
        return did_it(node, at, only)
    if isinstance(node, Trait):
        return compared(q.column(node.field, "c"), node.op, node.value, at)
    if isinstance(node, Insight):
        return _insight(node, at, insight[node.field], only)
    return _consent(node, only)


def _insight(node: Insight, at: q.At, type_: str, only: list[str] | None) -> q.Tree:
    """What is not known of her counts as not known, also where insight has no row of her."""
    negative = node.op in ("is_not", "not_one_of", "not_within_days", "unknown")
    opposite = {"is_not": "is", "not_one_of": "one_of", "not_within_days": "within_days", "unknown": "known"}
    op = opposite[node.op] if negative else node.op
    where = [_figure(node, op, at, type_), *([] if only is None else [q.named("i", only)])]
    found = q.among(q.column("customer", "c"), q.customers("insights", "i", where))
    return q.negated(found) if negative else found


def _figure(node: Insight, op: str, at: q.At, type_: str) -> q.Tree:
    value = q.column(node.field, "i")
    if kind_of(type_) != "texts":
        return compared(value, op, node.value, at)
    wanted = node.value if isinstance(node.value, list) else [node.value]
    return q.call("list_has_any", value, q.call("list_value", *[q.text(str(each)) for each in wanted]))


def _consent(node: Consent, only: list[str] | None) -> q.Tree:
    """`*` in her words stands for every purpose or channel; given by one and withdrawn by another is withdrawn."""

    def said(word: str) -> q.Tree:
        return q.among(q.column("person", "c"), q.consenting(node.purpose, node.channel, word, only))

    if node.word == "none":
        return q.negated(exp.or_(said("given"), said("withdrawn")))
    return said("withdrawn") if node.word == "withdrawn" else exp.and_(said("given"), q.negated(said("withdrawn")))
