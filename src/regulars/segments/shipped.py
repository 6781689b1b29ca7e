"""The segments that come with the program, and a segment as a file."""

from importlib.resources import files
from typing import Final

import msgspec

from regulars.segments.rule import MAX_BYTES, BadRule, Group, decode, encode
from regulars.segments.store import Segment, find, put
from regulars.storage.database import Connection

ACTOR: Final = "regulars"
"""In whose name they are made; what somebody changed or ended is left alone."""


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A segment as a file has it: what it is called, and its rule."""

    title: str
    rule: msgspec.Raw
    about: str = ""


class Told(msgspec.Struct, frozen=True):
    """What a file says, its rule checked."""

    title: str
    about: str
    rule: Group


def read(text: bytes) -> Told:
    """A segment's file. Raises BadRule."""
    if len(text) > MAX_BYTES:
        raise BadRule("$", f"is longer than {MAX_BYTES:,} bytes")
    try:
        file = msgspec.json.decode(text, type=File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRule("$", f"must be {{title, about, rule}}: {str(error)[:200]}") from None
    try:
        return Told(file.title, file.about, decode(bytes(file.rule)))
    except BadRule as error:
        raise BadRule(error.path.replace("$", "$.rule", 1), error.message) from None


def write(segment: Segment) -> str:
    """A segment as a file that `read` takes."""
    said = {"title": segment.title, "about": segment.about, "rule": msgspec.Raw(segment.rule.encode())}
    return msgspec.json.format(msgspec.json.encode(said), indent=2).decode()


def shipped() -> dict[str, Told]:
    """The segments that come with the program, by name."""
    folder = files("regulars.segments") / "shipped"
    found = sorted(each.name for each in folder.iterdir() if each.name.endswith(".json"))
    return {name.removesuffix(".json"): read((folder / name).read_bytes()) for name in found}


def install(connection: Connection) -> int:
    """Make those that are not there yet, and bring up to date those that nobody changed; returns how many."""
    count = 0
    for name, told in shipped().items():
        there = find(connection, name)
        same = there is not None and (there.title, there.about, there.rule) == (
            told.title, told.about, encode(told.rule)
        )  # fmt: skip
        if same or (there is not None and there.actor != ACTOR):
            continue
        put(connection, ACTOR, name, told.title, told.about, told.rule)
        count += 1
    return count
