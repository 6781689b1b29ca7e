"""The parts of a rule's query as DuckDB asks the lake's views, built as trees by sqlglot.

No value and no name is ever put into text: texts become literals and identifiers of the tree, which writes them.
"""

from collections.abc import Callable
from typing import Final

from sqlglot import exp

DIALECT: Final = "duckdb"
DAY: Final = 86_400_000_000


Tree = exp.Expr
"""Any part of a query."""


def sql(tree: Tree) -> str:
    """A tree as DuckDB reads it."""
    return tree.sql(dialect=DIALECT)


def column(name: str, table: str = "") -> Tree:
    """A column, of a table where one is named."""
    return exp.column(exp.to_identifier(name, quoted=True), table=table or None)


def text(value: str) -> Tree:
    """A text."""
    return exp.Literal.string(value)


def scalar(value: bool | int | float | str) -> Tree:
    """A value of JSON."""
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, str):
        return text(value)
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))


def call(function: str, *arguments: Tree) -> Tree:
    """A call of a function of DuckDB's."""
    return exp.Anonymous(this=function, expressions=list(arguments))


At = int | None
"""As of when, in microseconds since 1970 UTC; None where it is given when the query is asked, as the parameter `at`."""


def moment(at: At, back: int = 0) -> Tree:
    """A time so many microseconds before the moment."""
    if at is not None:
        return call("make_timestamp", scalar(at - back))
    given = cast(exp.Placeholder(this="at"), "BIGINT")
    return call("make_timestamp", exp.Sub(this=given, expression=scalar(back)) if back else given)


def cast(value: Tree, type_: str, safe: bool = False) -> Tree:
    """A value as another type; with `safe`, NULL where it is none of it."""
    kind = exp.DataType.build(type_, dialect=DIALECT)
    return exp.TryCast(this=value, to=kind) if safe else exp.Cast(this=value, to=kind)


def all_of(parts: list[Tree]) -> Tree:
    """All of these; true where there are none."""
    return exp.and_(*parts) if parts else exp.true()


def any_of(parts: list[Tree]) -> Tree:
    """One of these at least; false where there are none."""
    return exp.or_(*parts) if parts else exp.false()


def negated(part: Tree) -> Tree:
    """What does not hold; what is not known counts as not holding."""
    return exp.Not(this=exp.Paren(this=call("coalesce", part, exp.false())))


def among(value: Tree, query: exp.Select) -> Tree:
    """Whether a value is among those that a query gives."""
    return exp.In(this=value, query=exp.Subquery(this=query))


COMPARED: Final[dict[str, Callable[[Tree, Tree], Tree]]] = {
    "is": lambda a, b: exp.EQ(this=a, expression=b),
    "at_least": lambda a, b: exp.GTE(this=a, expression=b),
    "at_most": lambda a, b: exp.LTE(this=a, expression=b),
    "more": lambda a, b: exp.GT(this=a, expression=b),
    "less": lambda a, b: exp.LT(this=a, expression=b),
}


def is_null(value: Tree) -> Tree:
    """Whether a value is not known."""
    return exp.Is(this=value, expression=exp.Null())


def among_values(value: Tree, values: list[Tree]) -> Tree:
    """Whether a value is one of these."""
    return exp.In(this=value, expressions=values)


def persons(view: str, alias: str, where: list[Tree]) -> exp.Select:
    """The persons of a view's rows that hold."""
    return exp.select(column("person", alias)).from_(exp.to_table(view).as_(alias)).where(all_of(where))


def with_products(query: exp.Select, alias: str) -> exp.Select:
    """The query with the catalogue's word on each row's product beside it, as `p`."""
    on = exp.EQ(this=column("product", "p"), expression=column("product", alias))
    return query.join(exp.to_table("products").as_("p"), on=on, join_type="left")


def followed(view: str, kind: str, time: str, alias: str, since: Tree) -> Tree:
    """Whether the same person did this with the same product at that time or later."""
    where: list[Tree] = [
        exp.EQ(this=column("person", "f"), expression=column("person", alias)),
        exp.EQ(this=column("product", "f"), expression=column("product", alias)),
        exp.GTE(this=column(time, "f"), expression=since),
    ]
    if kind:
        where.append(exp.EQ(this=column("kind", "f"), expression=text(kind)))
    inner = exp.select(exp.Literal.number(1)).from_(exp.to_table(view).as_("f")).where(all_of(where))
    return exp.Exists(this=inner)


def members(condition: Tree, only: list[str] | None, also: list[Tree]) -> exp.Select:
    """The customers for whom a condition holds, of these alone where some are named; nobody's record is a customer."""
    alive = exp.NEQ(this=column("kind", "c"), expression=text("shared"))
    where = [alive, condition, *([] if only is None else [named("c", only)])]
    return exp.select(column("customer", "c"), *also).from_(exp.to_table("customers").as_("c")).where(all_of(where))


def named(alias: str, only: list[str]) -> Tree:
    """Whether a row is of one of these customers."""
    return among_values(column("customer", alias), [text(each) for each in only]) if only else exp.false()


def customers(view: str, alias: str, where: list[Tree]) -> exp.Select:
    """The customers of a view's rows that hold."""
    return exp.select(column("customer", alias)).from_(exp.to_table(view).as_(alias)).where(all_of(where))


def consenting(purpose: str, channel: str, word: str, only: list[str] | None) -> exp.Select:
    """The persons whose last word for a purpose and channel, or for all of them, is this one."""
    where = [
        among_values(column("purpose", "w"), [text(purpose), text("*")]),
        among_values(column("channel", "w"), [text(channel), text("*")]),
        # A word about one topic tells nothing of the rest.
        exp.Is(this=column("topic", "w"), expression=exp.Null()),
        exp.EQ(this=column("word", "w"), expression=text(word)),
        *([] if only is None else [named("w", only)]),
    ]
    return persons("consents", "w", where)


def value_of(view: str, name: str) -> exp.Select:
    """What a view says in one column of whoever is in it."""
    return exp.select(column(name, "v")).from_(exp.to_table(view).as_("v"))


def words_of(purpose: str, channel: str) -> exp.Select:
    """The last words of whoever is there for a purpose and channel, or for all of them, with their times."""
    where = [
        among_values(column("purpose", "w"), [text(purpose), text("*")]),
        among_values(column("channel", "w"), [text(channel), text("*")]),
        # A word about one topic tells nothing of the rest.
        exp.Is(this=column("topic", "w"), expression=exp.Null()),
    ]
    shown = [column("word", "w"), column("time", "w")]
    return exp.select(*shown).from_(exp.to_table("consents").as_("w")).where(all_of(where)).order_by(shown[1].copy())


def ask_prepared(name: str, tree: exp.Select) -> str:
    """What runs a prepared query, to be filled in with the moment."""
    return f"EXECUTE {name}(at := {{}})" if tree.find(exp.Placeholder) else f"EXECUTE {name}"
