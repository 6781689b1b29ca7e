"""What a generated town holds: who truly did each event, and which identifiers it carried.

Nothing but an evaluation may read the truth. Identifiers are read here from the raw calls, in few lines of its own,
so that the judge does not lean on the code it judges.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from regulars.simulation.junk import JUNK

Key = tuple[str, str]
"""An event: (source, message id)."""

Value = tuple[str, str, str]
"""An identifier: (type, id space, value as compared here)."""


class Fact(msgspec.Struct, frozen=True, gc=False):
    """The truth about one event; `strong` says that it carries a true strong identifier."""

    message_id: str
    source: str
    person: str
    household: str
    strong: bool

    @property
    def key(self) -> Key:
        """What names the event."""
        return self.source, self.message_id


class _Call(msgspec.Struct):
    messageId: str
    userId: str | None = None
    anonymousId: str | None = None
    traits: dict[str, Any] = {}
    context: dict[str, Any] = {}


class _Line(msgspec.Struct):
    source: str
    event: _Call


class _Named(msgspec.Struct):
    name: str
    group: str


_JUNK = {(kind, _folded.strip().lower()) for kind, values in JUNK.items() for _folded in values}


def facts(folder: Path) -> list[Fact]:
    """All facts of `truth.jsonl`. Raises OSError where it is missing, ValueError naming the line it cannot read."""
    path = folder / "truth.jsonl"
    decoder = msgspec.json.Decoder(Fact)
    found = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                found.append(decoder.decode(line))
            except msgspec.MsgspecError as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from error
    return found


def calls(folder: Path) -> Iterator[tuple[Key, tuple[Value, ...]]]:
    """Each written call of `events.jsonl` with the identifiers it carries, junk left out; duplicates come as often."""
    groups = {source.name: source.group for source in _sources(folder)}
    path = folder / "events.jsonl"
    decoder = msgspec.json.Decoder(_Line)
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                call = decoder.decode(line)
            except msgspec.MsgspecError as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from error
            yield (call.source, call.event.messageId), identifiers(call.event, groups.get(call.source, ""))


class _Person(msgspec.Struct):
    person: str
    identifiers: list[dict[str, str]]


def possessions(folder: Path) -> dict[tuple[str, str], str]:
    """Whose each identifier is, by (type, value as compared here); only what is one person's own is in it."""
    own: dict[tuple[str, str], str] = {}
    with (folder / "people.jsonl").open("rb") as lines:
        for line in lines:
            each = msgspec.json.decode(line, type=_Person)
            for given in each.identifiers:
                own[given["type"], _comparable(given["type"], given["value"])] = each.person
    return own


def identifiers(call: _Call, group: str) -> tuple[Value, ...]:
    """The identifiers of a call, each with its space, as few rules as the generated calls need."""
    context = call.context
    traits = {**context.get("traits", {}), **call.traits}
    found = [("user_id", group, call.userId), ("anonymous_id", group, call.anonymousId)]
    found += [("email", "", traits.get("email")), ("phone", "", traits.get("phone"))]
    found += [(given["type"], "", given["id"]) for given in context.get("externalIds", ())]
    compared = ((kind, space, _comparable(kind, value)) for kind, space, value in found if isinstance(value, str))
    return tuple(sorted({one for one in compared if one[2] and (one[0], one[2]) not in _JUNK}))


def _comparable(kind: str, value: str) -> str:
    folded = value.strip().lower()
    return "".join(letter for letter in folded if letter not in " -") if kind == "phone" else folded


def _sources(folder: Path) -> list[_Named]:
    return msgspec.json.decode((folder / "sources.json").read_bytes(), type=list[_Named])
