"""The builder's form: a rule as fields of a form, and fields as a rule.

A rule is shown as blocks of conditions; one that is nested deeper is shown as JSON alone. Fields are named
`BLOCK.CONDITION.FIELD`, such as `0.2.what`, and `BLOCK.match`.
"""

import re
from typing import Any, Final

import msgspec

from regulars.segments import vocabulary as said
from regulars.segments.rule import All, BadRule, Condition, Consent, Did, Group, Insight, Some, Trait, Where, check
from regulars.storage.lake.in_memory import INSIGHTS
from regulars.storage.lake.insight_files import columns

Fields = dict[str, str]

MOST_BLOCKS: Final = 10
MOST_CONDITIONS: Final = 10
_NAME: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.is")
_NUMBER: Final = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
_GROUPS: Final[dict[str, type[All] | type[Some]]] = {"all": All, "any": Some}
TRUTHS: Final = {"yes": True, "no": False, "true": True, "false": False}

NEW: Final = Did("viewed", within_days=30)
"""What a new condition is."""


class Block(msgspec.Struct, frozen=True):
    """Some conditions, and whether `all` or `any` of them must hold."""

    match: str
    conditions: tuple[Condition, ...]


class Form(msgspec.Struct, frozen=True):
    """What the builder shows: whether all or any block must hold, and the blocks."""

    match: str
    blocks: tuple[Block, ...]


def form_of(rule: Group) -> Form | None:
    """A rule as the builder shows it; None where it is nested deeper."""
    blocks: list[Block] = []
    own: list[Condition] = []
    match = "all" if isinstance(rule, All) else "any"
    for node in rule.of:
        if not isinstance(node, All | Some):
            own.append(node)
            continue
        inner = [each for each in node.of if not isinstance(each, All | Some)]
        if len(inner) != len(node.of):
            return None
        blocks.append(Block("all" if isinstance(node, All) else "any", tuple(inner)))
    if own:
        blocks = [Block(match, tuple(own)), *blocks] if match == "all" else [*(_alone(own)), *blocks]
    fits = len(blocks) <= MOST_BLOCKS and all(len(each.conditions) <= MOST_CONDITIONS for each in blocks)
    return Form(match, tuple(blocks)) if fits else None


def _alone(conditions: list[Condition]) -> list[Block]:
    return [Block("any", tuple(conditions))]


def rule_of(form: Form) -> Group:
    """The rule that a form says; a block that matches as the form does stands in it without a group of its own."""
    of: list[Any] = []
    for block in form.blocks:
        if block.match == form.match or len(block.conditions) == 1:
            of += block.conditions
        elif block.conditions:
            of.append(_GROUPS[block.match](block.conditions))
    return _GROUPS[form.match](tuple(of))


def read(fields: Fields) -> Form:
    """The form that was sent. Raises BadRule for what can be no condition; `path` names its field."""
    places = sorted({(int(b), int(c)) for name in fields if (m := _NAME.fullmatch(name)) for b, c in [m.groups()]})
    blocks: dict[int, list[Condition]] = {}
    for block, condition in places:
        blocks.setdefault(block, []).append(_condition(fields, f"{block}.{condition}."))
    if len(blocks) > MOST_BLOCKS or any(len(each) > MOST_CONDITIONS for each in blocks.values()):
        raise BadRule("$", f"at most {MOST_BLOCKS} blocks of {MOST_CONDITIONS} conditions")
    made = tuple(Block(_match(fields.get(f"{number}.match", "")), tuple(of)) for number, of in blocks.items())
    return Form(_match(fields.get("match", "")), made)


def changed(form: Form, what: str) -> Form:
    """The form after one of its buttons: `add:BLOCK`, `block`, or `remove:BLOCK.CONDITION`."""
    do, _, place = what.partition(":")
    blocks = [list(each.conditions) for each in form.blocks]
    matches = [each.match for each in form.blocks]
    numbers = [int(each) for each in place.split(".") if each.isdecimal()]
    if do == "block":
        blocks.append([NEW])
        matches.append("any" if form.match == "all" else "all")
    elif do == "add" and numbers and numbers[0] < len(blocks):
        blocks[numbers[0]].append(NEW)
    elif do == "remove" and len(numbers) == 2 and numbers[0] < len(blocks) and numbers[1] < len(blocks[numbers[0]]):
        del blocks[numbers[0]][numbers[1]]
    made = tuple(Block(match, tuple(each)) for match, each in zip(matches, blocks, strict=True) if each)
    return Form(form.match, made)


def checked(form: Form) -> Group:
    """The rule of a form. Raises BadRule."""
    rule = rule_of(form)
    check(rule)
    return rule


def _match(text: str) -> str:
    return text if text in _GROUPS else "all"


def _condition(fields: Fields, at: str) -> Condition:
    kind = fields.get(f"{at}is", "")
    get = {name.removeprefix(at): value for name, value in fields.items() if name.startswith(at)}
    if kind == "trait":
        field = get.get("field", "")
        field = field if field in said.TRAITS else "last_seen"
        op = _op(get.get("op", ""), said.OPS_OF[said.TRAITS[field]])
        return Trait(field, op, _value(get.get("value", ""), op, said.TRAITS[field]))
    if kind == "insight":
        types = columns()[INSIGHTS]
        field = get.get("field", "")
        field = field if field in types else "orders"
        op = _op(get.get("op", ""), said.OPS_OF["any"])
        return Insight(field, op, _value(get.get("value", ""), op, "any"))
    if kind == "consent":
        word = get.get("word", "given")
        return Consent(get.get("purpose", "marketing"), get.get("channel", "email"),
                       word if word in said.CONSENT_WORDS else "given")  # fmt: skip
    return _did(get, kind)


def _did(get: Fields, kind: str) -> Did:
    what = kind if kind in said.WHATS else "viewed"
    known = said.WHATS[what]
    measure = get.get("measure", "times")
    most = _whole(get.get("at_most", ""))
    least = _whole(get.get("at_least", ""))
    same = get.get("same", "") == "product" and known.has_product
    return Did(
        what,
        event=get.get("event", "") if what == "event" else "",
        negated=get.get("not", "") == "not",
        measure=measure if measure in known.measures else "times",
        at_least=(1 if most is None else min(1, most)) if least is None else least,
        at_most=most,
        within_days=_whole(get.get("within_days", "")),
        before_days=_whole(get.get("before_days", "")) or 0,
        same="product" if same else "",
        then_not=tuple(each for each in said.FOLLOWED if known.has_product and get.get(f"then_not.{each}")),
        where=tuple(_wheres(get, known)),
    )


def _wheres(get: Fields, known: said.What) -> list[Where]:
    found = []
    for number in range(20):
        field = get.get(f"where{number}.field", "")
        if not field:
            continue
        if field == "properties":
            field = f"properties.{get.get(f'where{number}.property', '')}"
        elif field not in known.fields:
            continue
        kind = said.FIELDS.get(field, "any")
        op = _op(get.get(f"where{number}.op", ""), said.OPS_OF[kind])
        found.append(Where(field, op, _value(get.get(f"where{number}.value", ""), op, kind)))
    return found


def _op(op: str, known: tuple[str, ...]) -> str:
    return op if op in known else known[0]


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


def _value(text: str, op: str, kind: str) -> Any:
    """A text as the value that is meant: a number, yes or no, a list with commas, else the text."""
    if op in said.WITHOUT_VALUE:
        return None
    if op in said.WITH_MANY:
        return [_one(each.strip(), op, kind) for each in text.split(",") if each.strip()]
    return _one(text, op, kind)


def _one(text: str, op: str, kind: str) -> Any:
    wanted = said.SORT_OF_OP.get(op) or said.SORT_OF_KIND.get(kind)
    if wanted != "text" and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return TRUTHS.get(text.lower(), text) if wanted in (None, "truth") else text
