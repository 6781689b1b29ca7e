"""The rule language: groups of conditions as JSON, decoded into structs and checked; see docs/concepts/segments.md."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, Final, cast

import msgspec

from regulars.segments import vocabulary as said

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 5
MAX_CONDITIONS: Final = 50
MAX_VALUES: Final = 500

NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")

_Text = Annotated[str, msgspec.Meta(max_length=300)]
_Number = Annotated[float, msgspec.Meta(ge=-1e15, le=1e15)]
_Whole = Annotated[int, msgspec.Meta(ge=-(10**15), le=10**15)]
Scalar = bool | _Whole | _Number | _Text
_Days = Annotated[int, msgspec.Meta(ge=0, le=36_500)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class BadRule(ValueError):
    """A rule that cannot be taken: `path` says where (as `$.of[1].field`), the message what is wrong and what to do."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


class Where(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that must hold of what she did: a `field`, how it is compared, and with what.

    `field` is one of `vocabulary.FIELDS`, or `properties.NAME` of events.
    """

    field: _Text
    op: str = "is"
    value: Scalar | list[Scalar] | None = None


class Did(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="did", tag_field="is"):
    """She did something, or, with `not`, she did not.

    `what` is one of `vocabulary.WHATS`; of `event` the name is `event`. It counts by `measure`, from `at_least` to
    `at_most`, of what happened from `within_days` to `before_days` days ago. With `same`, it is counted for each
    product by itself, and one must reach it. What was followed by one of `then_not` with that product does not count.
    """

    what: str
    event: _Text = ""
    negated: bool = msgspec.field(default=False, name="not")
    measure: str = "times"
    at_least: _Count = 1
    at_most: _Count | None = None
    within_days: _Days | None = None
    before_days: _Days = 0
    same: str = ""
    then_not: tuple[str, ...] = ()
    where: Annotated[tuple[Where, ...], msgspec.Meta(max_length=20)] = ()


class Trait(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="trait", tag_field="is"):
    """Something about her as she is: a `field` of `vocabulary.TRAITS`."""

    field: _Text
    op: str = "is"
    value: Scalar | list[Scalar] | None = None


class Insight(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="insight", tag_field="is"
):
    """A figure of insight: a column of the lake's view `insights`."""

    field: _Text
    op: str = "at_least"
    value: Scalar | list[Scalar] | None = None


class Consent(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="consent", tag_field="is"
):
    """Her last word for a purpose and a channel: `given`, `withdrawn`, or `none` where she said neither."""

    purpose: _Text
    channel: _Text
    word: str = "given"


class All(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="all", tag_field="is"):
    """All of these hold; of none, everybody is meant."""

    of: tuple["Node", ...]


class Some(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="any", tag_field="is"):
    """One of these holds, or more."""

    of: tuple["Node", ...]


Condition = Did | Trait | Insight | Consent
Node = All | Some | Did | Trait | Insight | Consent
Group = All | Some

_decode = msgspec.json.Decoder(Group).decode
_encode = msgspec.json.Encoder(order="deterministic").encode


def decode(text: bytes | str) -> Group:
    """The rule that a JSON text says, checked. Raises BadRule."""
    raw = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if len(raw) > MAX_BYTES:
        raise BadRule("$", f"is longer than {MAX_BYTES:,} bytes; make two segments of it")
    try:
        rule = cast(Group, _decode(raw))
    except RecursionError:
        raise BadRule("$", f"is nested too deep; at most {MAX_DEPTH} groups within each other") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _told(error) from None
    check(rule)
    return rule


def encode(rule: Group) -> str:
    """A rule as JSON on several lines, always the same for the same rule."""
    return msgspec.json.format(_encode(rule), indent=2).decode()


def check(rule: Group) -> None:
    """Raises BadRule for what no struct can say: depth, size, words that are not known, values that do not fit."""
    if not isinstance(rule, All | Some):
        raise BadRule("$", 'must be a group: {"is": "all", "of": […]} or {"is": "any", "of": […]}')
    count = 0
    for path, node, depth in walk(rule):
        if depth > MAX_DEPTH:
            raise BadRule(path, f"is nested too deep; at most {MAX_DEPTH} groups within each other")
        if isinstance(node, All | Some):
            if not node.of and depth > 1:
                raise BadRule(f"{path}.of", "is empty; add a condition or leave the group out")
            continue
        count += 1
        if count > MAX_CONDITIONS:
            raise BadRule(path, f"is one condition too many; at most {MAX_CONDITIONS}")
        _CHECKS[type(node)](path, node)


def walk(rule: Node, path: str = "$", depth: int = 1) -> Iterator[tuple[str, Node, int]]:
    """Every group and condition with its path and how deep it lies, each group before what is in it."""
    yield path, rule, depth
    if isinstance(rule, All | Some) and depth <= MAX_DEPTH:
        for number, node in enumerate(rule.of):
            inner = depth + 1 if isinstance(node, All | Some) else depth
            yield from walk(node, f"{path}.of[{number}]", inner)


def _did(path: str, did: Did) -> None:
    _one_of(f"{path}.what", did.what, said.WHATS)
    if (did.what == "event") != bool(did.event.strip()):
        words = "name the event" if did.what == "event" else 'only goes with "what": "event"'
        raise BadRule(f"{path}.event", words)
    what = said.WHATS[did.what]
    _one_of(f"{path}.measure", did.measure, what.measures)
    _one_of(f"{path}.same", did.same, ("", "product"))
    if did.at_most is not None and did.at_most < did.at_least:
        raise BadRule(f"{path}.at_most", f"is less than at_least ({did.at_least})")
    if did.at_least == 0 and did.at_most is None:
        raise BadRule(f"{path}.at_least", "0 with no at_most holds for everybody; set one of them")
    if did.at_least == 0 and did.same:
        raise BadRule(f"{path}.at_least", "must be 1 or more where products are counted by themselves")
    if did.within_days is not None and did.before_days >= did.within_days:
        raise BadRule(f"{path}.before_days", f"must be less than within_days ({did.within_days}): nothing lies between")
    for number, each in enumerate(did.then_not):
        _one_of(f"{path}.then_not[{number}]", each, said.FOLLOWED)
    for number, where in enumerate(did.where):
        _where(f"{path}.where[{number}]", where, what)


def _where(path: str, where: Where, what: said.What) -> None:
    name = where.field
    if name.startswith(said.PROPERTIES):
        if "properties" not in what.fields:
            raise BadRule(f"{path}.field", 'properties can only be asked of "what": "event"')
        if not said.PROPERTY.fullmatch(name.removeprefix(said.PROPERTIES)):
            raise BadRule(
                f"{path}.field", "name a property by letters, digits, spaces, _ and -, and parts of it by dots"
            )
        kind = "any"
    else:
        _one_of(f"{path}.field", name, [each for each in what.fields if each != "properties"])
        kind = said.FIELDS[name]
    compare(path, where.op, where.value, kind)


def _trait(path: str, trait: Trait) -> None:
    _one_of(f"{path}.field", trait.field, said.TRAITS)
    compare(path, trait.op, trait.value, said.TRAITS[trait.field])


def _insight(path: str, insight: Insight) -> None:
    if not said.COLUMN.fullmatch(insight.field):
        raise BadRule(f"{path}.field", "must be the name of a column of the lake's view `insights`")
    compare(path, insight.op, insight.value, "any")


def _consent(path: str, consent: Consent) -> None:
    _one_of(f"{path}.word", consent.word, said.CONSENT_WORDS)
    for name in ("purpose", "channel"):
        if not getattr(consent, name).strip():
            raise BadRule(f"{path}.{name}", "is empty; write the word that your consents use")


_CHECKS: Final[dict[type, Callable[[str, Any], None]]] = {
    Did: _did,
    Trait: _trait,
    Insight: _insight,
    Consent: _consent,
}


def compare(path: str, op: str, value: object, kind: str) -> None:
    """Raises BadRule where a value of this `kind` (text, number, time, truth, any) cannot be compared so."""
    _one_of(f"{path}.op", op, said.OPS_OF[kind])
    where = f"{path}.value"
    if op in said.WITHOUT_VALUE:
        if value is not None:
            raise BadRule(where, f"leave it out: {op} compares with nothing")
        return
    if op in said.WITH_MANY:
        if not isinstance(value, list) or not value or len(value) > MAX_VALUES:
            raise BadRule(where, f"must be a list of 1 to {MAX_VALUES} values")
        if len({_sort(each) for each in value}) > 1:
            raise BadRule(where, "must hold values of one sort: texts, numbers, or true and false")
        values = value
    elif isinstance(value, list) or value is None:
        raise BadRule(where, f"must be one value for {op}")
    else:
        values = [value]
    wanted = said.SORT_OF_OP.get(op) or said.SORT_OF_KIND.get(kind)
    for each in values:
        if wanted and _sort(each) != wanted:
            raise BadRule(where, f"must be a {wanted}, not {msgspec.json.encode(each).decode()[:40]}")
        if isinstance(each, str) and "\0" in each:
            raise BadRule(where, "holds a character that no text can have")


def _sort(value: object) -> str:
    return "truth" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "text"


def _one_of(path: str, word: str, known: Iterable[str]) -> None:
    words = list(known)
    if word not in words:
        shown = ", ".join(f'"{each}"' for each in words if each != "")
        raise BadRule(path, f'"{word[:40]}" is not known; write one of {shown}')


def _told(error: Exception) -> BadRule:
    text = str(error)
    what, _, path = text.rpartition(" - at `")
    if not what:
        return BadRule("$", f"{text[:300]}; see docs/concepts/segments.md")
    return BadRule(path.rstrip("`"), f"{what[:300]}; see docs/concepts/segments.md")
