"""The messages that come with the program."""

from importlib.resources import files
from typing import Final

from regulars.messaging import store
from regulars.messaging.file import encode, read_yaml
from regulars.messaging.message import Message
from regulars.storage.database import Connection

ACTOR: Final = "regulars"
"""In whose name they are made; what somebody changed or ended is left alone."""


def shipped() -> dict[str, Message]:
    """The messages that come with the program, by name."""
    folder = files("regulars.messaging") / "shipped"
    found = sorted(each.name for each in folder.iterdir() if each.name.endswith(".yaml"))
    names = [name.removesuffix(".yaml") for name in found]
    return {name: read_yaml((folder / f"{name}.yaml").read_bytes(), name) for name in names}


def install(connection: Connection) -> int:
    """Make those that are not there yet, and bring up to date those that nobody changed; returns how many."""
    there = {each.name: each for each in store.all_messages(connection, True)}
    count = 0
    for name, said in shipped().items():
        kept = there.get(name)
        if kept is not None and (kept.actor != ACTOR or kept.body == encode(said)):
            continue
        store.put_message(connection, ACTOR, said)
        count += 1
    return count
