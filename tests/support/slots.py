"""A shop with something to show in places on its site, for tests of slots."""

from regulars.decisioning import actions
from regulars.messaging import store
from regulars.messaging.message import CallToAction, Message
from regulars.model.decision import Action
from regulars.storage.database import Connection
from regulars.storage.sources import create_key

HELLO = Message(
    name="hello-home", title="Hello", subject=("Hello",),
    heading=("Hello {{ customer.first_name }}", "Good to see you"),
    paragraphs=("The new coats are here.",), topic="news", channels=("onsite",),
    action=CallToAction("Look at coats", "https://shop.example/coats"),
)  # fmt: skip


def open_places(connection: Connection) -> str:
    """Let `home` say hello to everybody and `inner` to the segment `vip`; returns a write key of the source `site`."""
    store.put_message(connection, "test", HELLO)
    for name, segments in (("hello-home", ()), ("hello-inner", ("vip",))):
        actions.put(connection, "test", Action(
            name, title="Say hello", because="you are here", topic="news", message="hello-home", channels=("onsite",),
            placements=(name.removeprefix("hello-"),), segments_in=segments, worth=10_000, base_rate=0.5,
        ))  # fmt: skip
    return create_key(connection, "write", "site", "shop")
