"""A journey from its YAML file: read with care, refused with the place and what to write instead."""

import re
from collections.abc import Callable
from typing import Any, Final

import yaml

from regulars.decisioning.journeys.journey import (
    DAY,
    DUE_AGAIN,
    GO_ON,
    HOUR,
    LEAVE,
    MINUTE,
    NAME,
    PURPOSES,
    SKIP,
    SUBJECTS,
    Ask,
    BadJourney,
    Begin,
    Cart,
    Check,
    Condition,
    Did,
    InSegment,
    Journey,
    Known,
    Step,
    Wait,
    Where,
)
from regulars.model.contact import DELIVERED

MAX_BYTES: Final = 32 * 1024
MOST_STEPS: Final = 30
LONGEST: Final = 400 * DAY
_TIME = re.compile(r"(\d{1,5}) ?(minute|hour|day|week)s?")
_UNITS: Final = {"minute": MINUTE, "hour": HOUR, "day": DAY, "week": 7 * DAY}
_TOP: Final = frozenset(
    ("title", "about", "purpose", "topic", "begins", "about_a", "again_after", "fresh", "restart", "leaves_on", "steps")
)


def read_journey(text: str) -> Journey:
    """A journey of its YAML. Raises BadJourney."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise BadJourney("file", f"is longer than {MAX_BYTES:,} bytes")
    said = _mapping(_load(text), "file", _TOP, ("title", "purpose", "topic", "begins", "steps"))
    purpose = _one_of(said["purpose"], "purpose", PURPOSES)
    topic = _name(said["topic"], "topic")
    steps = tuple(_step(each, f"steps[{n}]") for n, each in enumerate(_list(said["steps"], "steps", MOST_STEPS), 1))
    if not any(isinstance(each, Ask) for each in steps):
        raise BadJourney("steps", "need at least one `message` or `decide`: else it does nothing")
    if isinstance(steps[-1], Condition) and steps[-1].otherwise == SKIP:
        raise BadJourney(f"steps[{len(steps)}]", "has no next step that could be passed over")
    return Journey(
        _line(said["title"], "title", 100),
        _line(said.get("about", ""), "about", 500, True),
        purpose,
        topic,
        tuple(_begin(each, f"begins[{n}]") for n, each in enumerate(_list(said["begins"], "begins", 10), 1)),
        steps,
        tuple(_event(each, "leaves_on") for each in _list(said.get("leaves_on", []), "leaves_on", 10, True)),
        _one_of(said.get("about_a", ""), "about_a", SUBJECTS),
        _time(said.get("again_after", "0 days"), "again_after"),
        _time(said.get("fresh", "1 day"), "fresh"),
        _flag(said.get("restart", False), "restart"),
    )


def _load(text: str) -> Any:
    try:
        if any(isinstance(each, yaml.AliasEvent) for each in yaml.parse(text, yaml.SafeLoader)):
            raise BadJourney("file", "must have no `*` references")
        return yaml.safe_load(text)
    except RecursionError:
        raise BadJourney("file", "is nested too deep") from None
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}" if error.problem_mark else "file"
        raise BadJourney(where, f"is no YAML: {error.problem or error.context or 'cannot be read'}") from None
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, BadJourney):
            raise
        raise BadJourney("file", "is no YAML that can be read") from None


def _begin(said: Any, path: str) -> Begin:
    if isinstance(said, str):
        return Begin(_event(said, path))
    fields = _mapping(said, path, frozenset(("event", "where", "segment", "back_in_stock")))
    if "back_in_stock" in fields:
        _alone(fields, path, "back_in_stock")
        return Begin("Stock Updated", (), _time(fields["back_in_stock"], f"{path}.back_in_stock") // DAY or 1)
    if "segment" in fields:
        _alone(fields, path, "segment")
        name = _name(fields["segment"], f"{path}.segment")
        return Begin("Segment Joined", (("segment", (name,)),))
    if "event" not in fields:
        raise BadJourney(path, "must name an `event`, a `segment` that she joins, or `back_in_stock`")
    return Begin(_event(fields["event"], f"{path}.event"), _where(fields.get("where", {}), f"{path}.where"))


def _alone(fields: dict[str, Any], path: str, name: str) -> None:
    if len(fields) > 1:
        raise BadJourney(path, f"must have nothing beside `{name}`")


def _where(said: Any, path: str) -> Where:
    if not isinstance(said, dict) or len(said) > 10:
        raise BadJourney(path, "must name up to 10 properties and what they must be")
    found = []
    for name, value in said.items():
        values = value if isinstance(value, list) else [value]
        if not isinstance(name, str) or not values or not all(isinstance(each, str | int | float) for each in values):
            raise BadJourney(f"{path}.{name}", "must be a text, a number, or a list of these")
        found.append((name, tuple(plain(each) for each in values)))
    return tuple(found)


def plain(value: object) -> str:
    """A property's value as conditions compare it: `true` and `false` for flags, numbers without a needless `.0`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _step(said: Any, path: str) -> Step:
    if not isinstance(said, dict):
        raise BadJourney(path, f"must be one of {', '.join(_STEPS)}, such as `wait: 4 hours`")
    kinds = [name for name in _STEPS if name in said]
    if len(kinds) != 1:
        raise BadJourney(path, f"must be exactly one of {', '.join(_STEPS)}")
    return _STEPS[kinds[0]](said, path)


def _wait(said: dict[str, Any], path: str) -> Step:
    _mapping(said, path, frozenset(("wait",)))
    how = said["wait"]
    if not isinstance(how, dict):
        return Wait(_time(how, f"{path}.wait", 1))
    fields = _mapping(
        how, f"{path}.wait", frozenset(("until", "at_least", "at_most")), ("until", "at_least", "at_most")
    )
    _one_of(fields["until"], f"{path}.wait.until", ("due again",))
    least, most = (_time(fields[name], f"{path}.wait.{name}", 1) for name in ("at_least", "at_most"))
    if least > most:
        raise BadJourney(f"{path}.wait", "must wait at least no longer than at most")
    return Wait(0, DUE_AGAIN, least, most)


def _condition(said: dict[str, Any], path: str) -> Step:
    _mapping(said, path, frozenset(("condition", "otherwise")))
    listed = said["condition"] if isinstance(said["condition"], list) else [said["condition"]]
    checks = tuple(_check(each, f"{path}.condition") for each in _list(listed, f"{path}.condition", 10))
    return Condition(checks, _one_of(said.get("otherwise", LEAVE), f"{path}.otherwise", (LEAVE, SKIP)))


def _check(said: Any, path: str) -> Check:
    if not isinstance(said, dict):
        raise BadJourney(path, "must be such as `cart: filled` or `did: Product Viewed`")
    if "did" in said or "did_not" in said:
        return _did(said, path)
    if len(said) == 1:
        name, value = next(iter(said.items()))
        if name == "cart":
            return Cart(_one_of(value, f"{path}.cart", ("filled", "empty")) == "filled")
        if name in ("in_segment", "not_in_segment"):
            return InSegment(_name(value, f"{path}.{name}"), name == "not_in_segment")
        if name == "there_is":
            return Known(_one_of(value, f"{path}.there_is", ("article", "stock")))
    raise BadJourney(path, "must be one of did, did_not, cart, in_segment, not_in_segment, there_is")


def _did(said: dict[str, Any], path: str) -> Did:
    name = "did" if "did" in said else "did_not"
    fields = _mapping(said, path, frozenset((name, "at_least", "within", "same", "before")))
    least = fields.get("at_least", 1)
    if type(least) is not int or not 1 <= least <= 1000:
        raise BadJourney(f"{path}.at_least", "must be a number from 1 to 1000")
    within = _time(fields["within"], f"{path}.within", 1) if "within" in fields else 0
    same = _flag(fields.get("same", False), f"{path}.same")
    before = _flag(fields.get("before", False), f"{path}.before")
    return Did(_event(fields[name], f"{path}.{name}"), least, within, same, before, name == "did_not")


def _ask(said: dict[str, Any], path: str) -> Step:
    name = "message" if "message" in said else "decide"
    fields = _mapping(said, path, frozenset((name, "channels", "patience", "otherwise")))
    listed = [fields[name]] if name == "message" else _list(fields[name], f"{path}.decide", 10)
    messages = tuple(_name(each, f"{path}.{name}") for each in listed)
    channels = tuple(_one_of(each, f"{path}.channels", DELIVERED) for each in _channels(fields, path))
    patience = _time(fields.get("patience", "2 days"), f"{path}.patience")
    return Ask(
        messages, channels, patience, _one_of(fields.get("otherwise", GO_ON), f"{path}.otherwise", (GO_ON, LEAVE))
    )  # fmt: skip


def _channels(fields: dict[str, Any], path: str) -> list[Any]:
    said = fields.get("channels", [])
    return _list([said] if isinstance(said, str) else said, f"{path}.channels", len(DELIVERED), True)


_STEPS: Final[dict[str, Callable[[dict[str, Any], str], Step]]] = {
    "wait": _wait,
    "condition": _condition,
    "decide": _ask,
    "message": _ask,
}


def _mapping(said: Any, path: str, known: frozenset[str], needed: tuple[str, ...] = ()) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise BadJourney(path, f"must be a mapping with {', '.join(sorted(known))}")
    for name in said:
        if name not in known:
            raise BadJourney(path, f"knows no `{name}`; there are {', '.join(sorted(known))}")
    for name in needed:
        if name not in said:
            raise BadJourney(path, f"must say `{name}`")
    return said


def _list(said: Any, path: str, most: int, empty: bool = False) -> list[Any]:
    if not isinstance(said, list) or not (empty or said) or len(said) > most:
        raise BadJourney(path, f"must be a list of {0 if empty else 1} to {most}")
    return said


def _one_of(said: Any, path: str, words: tuple[str, ...]) -> str:
    if said not in words:
        raise BadJourney(path, f"must be one of {', '.join(each for each in words if each)}")
    return str(said)


def _name(said: Any, path: str) -> str:
    if not isinstance(said, str) or not NAME.fullmatch(said):
        raise BadJourney(path, "must be up to 60 small letters, digits and -, such as abandoned-cart")
    return said


def _event(said: Any, path: str) -> str:
    if not isinstance(said, str) or not said.strip() or len(said) > 200 or not said.isprintable():
        raise BadJourney(path, "must be the name of an event, such as Order Completed")
    return said.strip()


def _line(said: Any, path: str, longest: int, empty: bool = False) -> str:
    words = " ".join(said.split()) if isinstance(said, str) else ""
    if not isinstance(said, str) or not (words or empty) or len(words) > longest or not words.isprintable():
        raise BadJourney(path, f"must be a text of {0 if empty else 1} to {longest} characters")
    return words


def _flag(said: Any, path: str) -> bool:
    if not isinstance(said, bool):
        raise BadJourney(path, "must be true or false")
    return said


def _time(said: Any, path: str, least: int = 0) -> int:
    """A time in microseconds. Raises BadJourney."""
    found = _TIME.fullmatch(said.strip()) if isinstance(said, str) else None
    time = int(found[1]) * _UNITS[found[2]] if found else -1
    if not least <= time <= LONGEST:
        raise BadJourney(
            path, "must be a time such as `30 minutes`, `4 hours`, `3 days` or `2 weeks`, 400 days at most"
        )
    return time
