"""A shop whose journeys are taken through by hand, at whatever time a test says."""

from pathlib import Path
from typing import Any

from support.installation import RECEIVED, SECRET, SHOP, Installation, identify, track

from regulars.decisioning.deciding import Deciding
from regulars.decisioning.journeys import store
from regulars.decisioning.journeys.follow import Follower
from regulars.decisioning.journeys.shelves import Shelves
from regulars.decisioning.journeys.turns import Turns
from regulars.decisioning.journeys.world import ShopWorld
from regulars.identity.rules import RULES
from regulars.lake.exporter import Exporter
from regulars.model.contact import ContactPolicy
from regulars.storage import database

NOON = 1_773_478_800_000_000
"""2026-03-14T09:00:00Z, a little before what installations of tests send was received."""
POLICY = ContactPolicy(holdout=0.0)
OUTBOX = "SELECT message, address, context, purpose FROM outbox ORDER BY at, address"
STANDING = """
SELECT i.value, e.step FROM journey_entries e LEFT JOIN identifiers i ON i.customer = e.customer
    AND i.type IN ('user_id', 'anonymous_id') WHERE e.journey = %s AND e.wake IS NOT NULL
"""


def deciding(policy: ContactPolicy = POLICY) -> Deciding:
    """What is decided by in tests: no action of the shop's own."""
    return Deciding(SECRET, RULES, policy, "UTC", "EUR", lambda connection: ())


class Shop:
    """An installation with what takes journeys through."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.connection = installation.connection
        self.now = RECEIVED
        self._world = ShopWorld(self.connection, lambda: None)
        self.turns = Turns(self.connection, deciding(), self._world)
        self._follower = Follower(self.connection, SECRET, self._world, Shelves(self.connection, None))
        self._number = 0
        store.install(self.connection)
        self.look()

    @property
    def last(self) -> int:
        """When the last event that was sent by `send` happened."""
        return NOON + self._number * 1_000_000

    def send(self, *items: dict[str, Any]) -> None:
        """Send events of the shop, a second apart from nine o'clock on."""
        timed = []
        for item in items:
            self._number += 1
            timed.append({"timestamp": f"2026-03-14T09:{self._number // 60:02}:{self._number % 60:02}Z", **item})
        self.installation.send(SHOP, *timed)

    def on(self, *names: str, at: int = RECEIVED) -> None:
        """Switch journeys on, as of when events of tests are received or of another time."""
        for name in names:
            store.switch(self.connection, "cli", name, True)
        self.connection.execute("UPDATE journey_switches SET at = %s", (at,))
        self.look()

    def look(self) -> int:
        """Let those come in and leave who do by what came."""
        return self._follower.look(store.running(self.connection), self.now)

    def with_lake(self, folder: Path) -> None:
        """Write what there is to a lake, and let journeys know of it."""
        with database.connect(self.installation.conninfo, autocommit=True) as connection:
            Exporter(folder / "lake", connection, "EUR").run()
        shelves = Shelves(self.connection, folder / "lake")
        self._follower = Follower(self.connection, SECRET, self._world, shelves)

    def standing(self, name: str) -> dict[str, int]:
        """Who is in a journey, and at which step."""
        return dict(self.connection.execute(STANDING.encode(), (name,)).fetchall())

    def outbox(self) -> list[dict[str, Any]]:
        """What is to be delivered, oldest first."""
        names = ("message", "address", "context", "purpose")
        return [dict(zip(names, row, strict=True)) for row in self.connection.execute(OUTBOX.encode())]


def shop_of(installation: Installation, *names: str) -> Shop:
    """A shop with customers of these names who may be written to by e-mail."""
    for name in names:
        address = f"{name}@mail.example"
        said = track("Consent Given", name, purpose="marketing", channel="email", address=address)
        installation.send(SHOP, identify(name, email=address), said)
    return Shop(installation)
