"""Decisions and messages in the lake: what an analyst joins to orders is what the ledger holds."""

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.installation import SECRET, SHOP, Installation, identify, track
from test_erasure import erase

from regulars.decisioning import ledger, outbox
from regulars.decisioning.arbitrate import decide
from regulars.decisioning.facts import Means, gather
from regulars.identity.rules import RULES
from regulars.lake.exporter import Exporter
from regulars.measurement.exported.decided import Decided
from regulars.measurement.touches import Touch, take
from regulars.model.contact import TOTAL, Cap, ContactPolicy
from regulars.model.decision import Action, Decision, Occasion, Rulebook, occasion_id, rulebook
from regulars.storage import database, old_decisions
from regulars.storage.engine import open_lake

Rows = list[tuple[Any, ...]]
POLICY = ContactPolicy(
    caps={TOTAL: (Cap(1, 1),)}, service={}, hours_between=0, quiet_from=0, quiet_to=0, holdout=0.0, pressure=0
)
OFFER = Action("offer", title="Offer", message="offer", channels=("email", "onsite"), worth=1000, base_rate=0.5)
BOOK = rulebook(POLICY, (OFFER,))


class Shop:
    """An installation with Ada and Bea, who may be written to, and a lake."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.installation = installation
        self.connection = installation.connection
        self.folder = folder
        for name in ("ada", "bea"):
            address = f"{name}@mail.example"
            installation.send(SHOP, identify(name, email=address))
            installation.send(SHOP, track("Consent Given", name, purpose="marketing", channel="email", address=address))
        self.exporter = self.export(folder / "lake")

    def export(self, folder: Path) -> Exporter:
        connection = database.connect(self.installation.conninfo, autocommit=True)
        return Exporter(folder, connection, "EUR", (Decided(),))

    def holder(self, name: str) -> bytes:
        found = self.installation.holder("user_id", name)
        assert found is not None
        return found

    def decide(self, name: str, key: str, book: Rulebook = BOOK, **said: object) -> Decision:
        """Decide for somebody now, and record it."""
        who, now = self.holder(name), time.time_ns() // 1000
        known = gather(self.connection, [who], book, Means(RULES, SECRET), now)[who]
        made = {"id": occasion_id(SECRET, key), "key": key, "kind": "campaign", "name": "spring", **said}
        decision = decide(known, msgspec.convert(made, Occasion), book, now)
        ledger.record(self.connection, [decision], book)
        return decision

    def ask(self, query: str, folder: Path | None = None) -> Rows:
        with open_lake(folder or self.exporter.folder) as lake:
            return lake.execute(query).fetchall()

    def check(self) -> None:
        """The lake follows, and is what one made anew would be."""
        assert self.exporter.is_behind
        self.exporter.run()
        assert not self.exporter.is_behind
        anew = self.export(self.folder / f"anew-{self.exporter.published.state}")
        anew.run()
        for view in ("decisions", "messages"):
            query = f"SELECT * EXCLUDE (person) FROM {view} ORDER BY decision"
            assert self.ask(query) == self.ask(query, anew.folder)


@pytest.fixture
def shop(installation: Installation, tmp_path: Path) -> Shop:
    return Shop(installation, tmp_path)


def test_decisions_and_messages_join_to_orders(shop: Shop) -> None:
    shop.exporter.run()
    assert not shop.exporter.is_behind
    first = shop.decide("ada", "one", variant="A")
    shop.decide("ada", "two")
    shop.check()
    rows = (
        "SELECT decision, name, action, version, channel, done, arm, held_by, probability FROM decisions ORDER BY time"
    )
    told, capped = shop.ask(rows)
    assert told == (first.id.hex(), "spring", "offer", 1, "email", True, first.arm or None, None, 1.0)
    assert (capped[2], capped[5]) == (None, False)
    worth = shop.ask("SELECT propensity, value, cost, score, weighed FROM decisions WHERE done")[0]
    about = first.about
    assert about is not None
    assert worth == (about.propensity, about.value, about.cost, about.score, len(first.candidates))
    assert shop.ask("SELECT dropped ->> '$.capped', again IS NOT NULL FROM decisions WHERE NOT done") == [("1", True)]
    order = track("Order Completed", "ada", order_id="O1", total=20, currency="EUR")
    shop.installation.send(SHOP, order)
    shop.exporter.run()
    joined = """SELECT m.state, m.variant, m.message, o.order_id FROM decisions d JOIN messages m USING (decision)
        JOIN orders o ON o.person = d.person"""
    assert shop.ask(joined) == [("waiting", "A", "offer", "O1")]
    assert "mail.example" not in repr(shop.ask("SELECT * FROM decisions JOIN messages USING (decision)"))


def test_what_became_of_a_message_follows(shop: Shop) -> None:
    decision = shop.decide("ada", "one")
    shop.decide("bea", "place", kind="slot", placement="home")
    shop.exporter.run()
    now = time.time_ns() // 1000
    outbox.claim(shop.connection, ["email"], 9, now)
    outbox.done(shop.connection, {decision.id: "<1@shop.example>"}, time.time_ns() // 1000)
    shop.check()
    states = "SELECT state, opened IS NOT NULL, opened_by_machine IS NOT NULL, clicked IS NOT NULL FROM messages"
    assert sorted(shop.ask(states)) == [("offered", False, False, False), ("sent", False, False, False)]
    at = time.time_ns() // 1000 + 10_000_000
    agent = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"}
    touches = [
        Touch(decision.id, "opened", at, headers={"user-agent": "Mozilla/5.0"}),
        Touch(decision.id, "clicked", at, "https://shop.example/a", agent),
    ]
    take(shop.connection, touches, SECRET, RULES, at)
    shop.connection.execute("UPDATE touches SET last = %s", (time.time_ns() // 1000,))
    shop.check()
    assert ("sent", False, True, True) in shop.ask(states)


def test_a_merge_and_an_erasure_follow(shop: Shop) -> None:
    shop.decide("ada", "one")
    shop.decide("bea", "two")
    shop.exporter.run()
    people = "SELECT count(DISTINCT customer), count(customer) FROM decisions"
    assert shop.ask(people) == [(2, 2)]
    shop.installation.send(SHOP, {"type": "alias", "userId": "bea", "previousId": "ada"})
    assert shop.holder("ada") == shop.holder("bea")
    shop.exporter.run()
    assert shop.ask(people) == [(1, 2)]
    erase(shop.installation, "user_id", "bea")
    shop.check()
    assert shop.ask("SELECT count(*) FROM decisions") == shop.ask("SELECT count(*) FROM messages") == [(0,)]


def test_what_retention_removes_goes_with_what_comes_next(shop: Shop) -> None:
    first, second = shop.decide("ada", "one"), shop.decide("bea", "two")
    shop.exporter.run()
    shop.connection.execute("UPDATE outbox SET state = 'sent'")
    shop.connection.execute("UPDATE decisions SET at = 1 WHERE id = %s", (first.id,))
    shop.connection.execute("UPDATE outbox SET changed = 1 WHERE decision = %s", (first.id,))
    old_decisions.forget(shop.connection, False, second.at - 1_000_000, 0)
    shop.installation.send(SHOP, identify("dora"))
    shop.check()
    assert (
        shop.ask("SELECT decision FROM decisions") == shop.ask("SELECT decision FROM messages") == [(second.id.hex(),)]
    )
