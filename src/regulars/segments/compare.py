"""How a value of the lake is compared, as SQL trees; what is not known is unlike everything."""

from typing import Final

from sqlglot import exp

from regulars.segments import tree as q
from regulars.segments.rule import Scalar

TIMES: Final = ("within_days", "not_within_days")
POSITIVE: Final = {"is_not": "is", "not_one_of": "one_of", "not_within_days": "within_days"}


def compared(value: q.Tree, op: str, wanted: Scalar | list[Scalar] | None, at: q.At) -> q.Tree:
    """Whether a value compares so; `at` is the moment that days are counted back from, in microseconds."""
    if op in ("known", "unknown"):
        found = q.is_null(value)
        return found if op == "unknown" else exp.Not(this=found)
    if op in POSITIVE:
        return q.negated(compared(value, POSITIVE[op], wanted, at))
    if op == "one_of":
        values = wanted if isinstance(wanted, list) else [wanted]
        return q.among_values(value, [q.scalar(each) for each in values if each is not None])
    assert wanted is not None and not isinstance(wanted, list)
    if op == "within_days":
        return exp.and_(since(value, at, float(wanted)), exp.LTE(this=value, expression=q.moment(at)))
    if op == "contains":
        lower = q.call("lower", q.cast(value, "VARCHAR"))
        return q.call("contains", lower, q.text(str(wanted).casefold()))
    return q.COMPARED[op](value, q.scalar(wanted))


def since(time: q.Tree, at: q.At, days: float) -> q.Tree:
    """Whether a time is at most so many days before a moment."""
    return exp.GTE(this=time, expression=q.moment(at, int(days * q.DAY)))


def property_compared(alias: str, name: str, op: str, wanted: Scalar | list[Scalar] | None, at: q.At) -> q.Tree:
    """As `compared`, of a property of an event: a number where the value is one, else its text."""
    path = "$" + "".join(f'."{part}"' for part in name.split("."))
    value = q.call("json_extract_string", q.column("properties", alias), q.text(path))
    first = wanted[0] if isinstance(wanted, list) and wanted else wanted
    if op in TIMES:
        return compared(q.cast(value, "TIMESTAMP", True), op, wanted, at)
    if isinstance(first, bool):
        said: Scalar | list[Scalar] = (
            [str(each).lower() for each in wanted] if isinstance(wanted, list) else str(wanted).lower()
        )
        return compared(value, op, said, at)
    if isinstance(first, int | float):
        return compared(q.cast(value, "DOUBLE", True), op, wanted, at)
    return compared(value, op, wanted, at)
