"""What she did, or did not, as a SQL tree: whether a person is among those who did it often enough."""

from typing import Final

from sqlglot import exp

from regulars.segments import tree as q
from regulars.segments.compare import compared, property_compared, since
from regulars.segments.rule import Did, Where
from regulars.segments.vocabulary import PROPERTIES, WHATS, What

ROW: Final = "f0"
"""What the rows of what she did are called in a query."""

OF_CATALOGUE: Final = ("category", "brand")


def did_it(did: Did, at: q.At, only: list[str] | None) -> q.Tree:
    """Whether the customer `c` did this, or did not."""
    if did.at_least == 0:
        assert did.at_most is not None
        too_often = did_so(did, at, only, did.at_most + 1, None)
        found = q.among(q.column("person", "c"), too_often)
        return found if did.negated else q.negated(found)
    found = q.among(q.column("person", "c"), did_so(did, at, only, did.at_least, did.at_most))
    return q.negated(found) if did.negated else found


def did_so(did: Did, at: q.At, only: list[str] | None, least: int, most: int | None) -> exp.Select:
    """The persons who did it at least, and at most, so often."""
    what = WHATS[did.what]
    query = q.persons(what.view, ROW, [_somebody(only), *_rows(did, what, at)])
    if _needs_catalogue(did):
        query = q.with_products(query, ROW)
    if least == 1 and most is None and did.measure != "amount" and did.measure != "pieces":
        return query
    group = [q.column("person", ROW)]
    if did.same:
        group.append(q.column(did.same, ROW))
    if did.measure == "amount":
        # Amounts of several currencies cannot be added up.
        group.append(q.column("currency", ROW))
    count = measured(did, what)
    having: list[q.Tree] = [exp.GTE(this=count, expression=q.scalar(least))]
    if most is not None:
        having.append(exp.LTE(this=count.copy(), expression=q.scalar(most)))
    return query.group_by(*group).having(q.all_of(having))


def measured(did: Did, what: What) -> q.Tree:
    """How much of it she did, over rows called `ROW`."""
    if did.measure == "times":
        if what.view == "interactions":
            return exp.Sum(this=q.column("count", ROW))
        if what.view == "order_lines":
            return _distinct(q.call("struct_pack", *_order()))
        return exp.Count(this=exp.Star())
    if did.measure == "days":
        return _distinct(q.column("day", ROW))
    if did.measure in ("amount", "pieces"):
        return exp.Sum(this=q.column(what.fields["value" if did.measure == "amount" else "pieces"], ROW))
    if did.measure == "categories":
        return _distinct(_widest(what))
    return _distinct(q.column({"products": "product", "stores": "store"}[did.measure], ROW))


def evidence(did: Did, at: q.At) -> exp.Select:
    """Of whoever is there: how much of it she did, when last, and with which products."""
    what = WHATS[did.what]
    query = q.persons(what.view, ROW, [_somebody(None), *_rows(did, what, at)])
    if _needs_catalogue(did):
        query = q.with_products(query, ROW)
    shown = [measured(did, what), exp.Max(this=q.column(what.time, ROW)), exp.Null()]
    if what.has_product:
        product = q.column("product", ROW)
        shown[2] = q.call("list_distinct", exp.ArrayAgg(this=product))
    return query.select(*shown, append=False)


def _rows(did: Did, what: What, at: q.At) -> list[q.Tree]:
    time = q.column(what.time, ROW)
    parts: list[q.Tree] = []
    if what.kind:
        parts.append(exp.EQ(this=q.column("kind", ROW), expression=q.text(what.kind)))
    if did.event:
        parts.append(exp.EQ(this=q.column("name", ROW), expression=q.text(did.event)))
    if did.within_days is not None:
        parts.append(since(time, at, did.within_days))
    parts.append(exp.LTE(this=time, expression=q.moment(at, did.before_days * q.DAY)))
    if did.same:
        parts.append(exp.Not(this=q.is_null(q.column(did.same, ROW))))
    parts += [_where(each, what, at) for each in did.where]
    for name in did.then_not:
        later = WHATS[name]
        parts.append(exp.Not(this=q.followed(later.view, later.kind, later.time, ROW, time)))
    return parts


def _where(where: Where, what: What, at: q.At) -> q.Tree:
    if where.field.startswith(PROPERTIES):
        return property_compared(ROW, where.field.removeprefix(PROPERTIES), where.op, where.value, at)
    if where.field == "category":
        return _category(where, what, at)
    return compared(_field(where.field, what), where.op, where.value, at)


def _field(name: str, what: What) -> q.Tree:
    if name != "brand":
        return q.column(what.fields[name], ROW)
    known = q.column("brand", "p")
    return q.call("coalesce", known, q.column("brand", ROW)) if what.view == "order_lines" else known


def _category(where: Where, what: What, at: q.At) -> q.Tree:
    """A category is meant by its whole path or by its own name, at any level."""
    path = q.column("category", "p")
    whole = q.call("coalesce", path, q.column("category", ROW)) if what.view == "order_lines" else path
    if where.op not in ("is", "is_not", "one_of", "not_one_of"):
        return compared(whole, where.op, where.value, at)
    wanted = where.value if isinstance(where.value, list) else [where.value]
    texts = [q.text(str(each)) for each in wanted]
    found = exp.or_(
        q.among_values(whole, texts),
        q.call("list_has_any", q.column("categories", "p"), q.call("list_value", *[each.copy() for each in texts])),
    )
    return q.negated(found) if "not" in where.op else found


def _widest(what: What) -> q.Tree:
    wide = q.call("list_extract", q.column("categories", "p"), q.scalar(1))
    return q.call("coalesce", wide, q.column("category", ROW)) if what.view == "order_lines" else wide


def _needs_catalogue(did: Did) -> bool:
    return did.measure == "categories" or any(each.field in OF_CATALOGUE for each in did.where)


def _somebody(only: list[str] | None) -> q.Tree:
    if only is None:
        return exp.Not(this=q.is_null(q.column("person", ROW)))
    return q.named(ROW, only)


def _distinct(value: q.Tree) -> q.Tree:
    return exp.Count(this=exp.Distinct(expressions=[value]))


def _order() -> list[q.Tree]:
    return [
        exp.PropertyEQ(this=exp.to_identifier(name), expression=q.column(name, ROW)) for name in ("space", "order_id")
    ]
