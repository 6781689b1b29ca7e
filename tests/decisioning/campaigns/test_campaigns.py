"""Campaigns: what cannot be taken, who is asked once, asked again, held back; and that a kill changes nothing."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from support.installation import RECEIVED, SECRET, SITE, Installation, identify
from support.journeys import Shop, deciding, shop_of
from test_erasure import erase

from regulars.decisioning import outbox
from regulars.decisioning.campaigns import queries, store
from regulars.decisioning.campaigns.campaign import BadCampaign, Campaign, Variant, name_of, require
from regulars.decisioning.campaigns.preview import preview
from regulars.decisioning.campaigns.run import Campaigns
from regulars.decisioning.journeys.journey import DAY, HOUR
from regulars.model.contact import ContactPolicy
from regulars.segments.rule import decode
from regulars.segments.store import put

GOOD = Campaign(name="spring", title="Spring", segment="everybody", variants=(Variant("win-back"),))
EVERYBODY = decode('{"is":"all","of":[{"is":"trait","field":"kind","op":"is","value":"person"}]}')
JOIN = """
INSERT INTO memberships (segment, customer, joined, changes)
SELECT DISTINCT 'everybody', customer, 1, 1 FROM identifiers WHERE customer IS NOT NULL ON CONFLICT DO NOTHING
"""
MORNING = RECEIVED - RECEIVED % DAY + 10 * HOUR
NIGHT = MORNING + 13 * HOUR


@pytest.fixture
def shop(installation: Installation) -> Iterator[Shop]:
    made = shop_of(installation, "ada", "bea", "cora")
    installation.send(SITE, identify("", "x"))
    put(made.connection, "cli", "everybody", "Everybody", "", EVERYBODY)
    made.connection.execute(JOIN.encode())
    store.put(made.connection, "cli", GOOD)
    yield made


BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": "Not A Name"}, "name"), ({"title": "two\nlines"}, "title"), ({"segment": "?"}, "segment"),
    ({"variants": ()}, "message"), ({"variants": (Variant("a", 60), Variant("b", 60))}, "share"),
    ({"variants": (Variant("a", 100), Variant("b", 0))}, "share"), ({"variants": (Variant("A!"),)}, "message"),
    ({"purpose": "fun"}, "purpose"), ({"topic": ""}, "topic"), ({"channels": ()}, "channels"),
    ({"channels": ("onsite",)}, "channels"), ({"patience": 31 * DAY}, "patience"), ({"holdout": 51}, "holdout"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "field"), BAD)
def test_what_cannot_be_taken(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(BadCampaign) as caught:
        require(msgspec.structs.replace(GOOD, **wrong))
    assert caught.value.field == field


def test_names_and_lots() -> None:
    assert [name_of(each) for each in ("Spring & Coats!", "", "—")][:2] == ["spring-coats", ""]
    assert name_of("—").startswith("campaign-")
    two = msgspec.structs.replace(GOOD, variants=(Variant("a", 25), Variant("b", 75)))
    lots = [two.variant_of(n.to_bytes(16, "big"), SECRET) for n in range(4_000)]
    assert 0.22 < lots.count("a") / 4_000 < 0.28
    assert lots == [two.variant_of(n.to_bytes(16, "big"), SECRET) for n in range(4_000)]
    assert GOOD.variant_of(bytes(16), SECRET) == ""


def test_each_is_asked_once_and_the_night_over_again(shop: Shop) -> None:
    runner = Campaigns(shop.connection, deciding())
    store.begin(shop.connection, "cli", "spring", NIGHT)
    assert runner.step("spring", MORNING) == 0
    shop.connection.execute("UPDATE campaigns SET starts = %s", (MORNING,))
    assert runner.step("spring", NIGHT, 2) == 2
    assert shop.outbox() == [] and store.waiting(shop.connection) != {}
    assert [runner.step("spring", NIGHT, 2) for _ in range(2)] == [2, 0]
    wake = runner.next_wake("spring")
    assert wake is not None and NIGHT < wake <= NIGHT + 10 * HOUR
    assert runner.step("spring", wake) == 3
    assert len(shop.outbox()) == 3 and runner.step("spring", wake) == 0
    found = store.find(shop.connection, "spring")
    assert found is not None and found.state == "done"
    assert store.counts(shop.connection)["spring"] == {("", "sent"): 3, ("", "no_address"): 1}
    with pytest.raises(BadCampaign):
        store.pause(shop.connection, "cli", "spring")


def test_paused_and_ended(shop: Shop) -> None:
    runner = Campaigns(shop.connection, deciding())
    store.begin(shop.connection, "cli", "spring")
    shop.connection.execute("UPDATE campaigns SET starts = 0")
    runner.step("spring", MORNING, 2)
    sent = len(shop.outbox())
    store.pause(shop.connection, "cli", "spring")
    assert runner.step("spring", MORNING) == 0
    assert outbox.counts(shop.connection, "campaign", "spring") == {"held": sent}
    store.resume(shop.connection, "cli", "spring")
    assert outbox.counts(shop.connection, "campaign", "spring") == {"waiting": sent}
    store.end(shop.connection, "cli", "spring")
    assert outbox.counts(shop.connection, "campaign", "spring") == {"held": sent}
    for change in (store.resume, store.pause, store.begin):
        with pytest.raises(BadCampaign):
            change(shop.connection, "cli", "spring")
    with pytest.raises(BadCampaign):
        store.put(shop.connection, "cli", GOOD)
    assert not store.remove(shop.connection, "cli", "spring")


def test_killed_in_the_middle(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Campaigns(shop.connection, deciding())
    store.begin(shop.connection, "cli", "spring")
    shop.connection.execute("UPDATE campaigns SET starts = 0")
    with monkeypatch.context() as patched:
        patched.setattr(queries, "SET_PLACE", "SELECT 1 / 0, %s, %s, %s")
        with pytest.raises(Exception, match="division"):
            runner.step("spring", MORNING)
    assert shop.outbox() == [] and store.counts(shop.connection) == {}
    # Two who are one person by now are asked about once.
    shop.installation.send(SITE, identify("ada", "x"))
    while runner.step("spring", MORNING, 2):
        pass
    assert len(shop.outbox()) == 3
    decided = shop.connection.execute("SELECT count(*), count(DISTINCT customer) FROM decisions").fetchone()
    assert decided == (3, 3)


def test_a_preview_writes_nothing(shop: Shop) -> None:
    half = msgspec.structs.replace(GOOD, variants=(Variant("a", 50), Variant("b", 50)))
    found = preview(shop.connection, deciding(), half, MORNING)
    assert (found.members, found.looked, found.sent) == (4, 4, 3) and found.reasons() == [("no_address", 1)]
    everybody = deciding(ContactPolicy(holdout=1.0))
    assert preview(shop.connection, everybody, GOOD, MORNING).reasons() == [("held_back", 3), ("no_address", 1)]
    assert preview(shop.connection, deciding(), GOOD, MORNING, 0.0).looked == 0
    assert shop.connection.execute("SELECT count(*) FROM decisions").fetchone() == (0,)


def test_an_erasure(shop: Shop) -> None:
    runner = Campaigns(shop.connection, deciding())
    store.begin(shop.connection, "cli", "spring")
    shop.connection.execute("UPDATE campaigns SET starts = 0")
    runner.step("spring", NIGHT)
    assert store.waiting(shop.connection) == {"spring": 3}
    erase(shop.installation, "email", "ada@mail.example")
    assert store.waiting(shop.connection) == {"spring": 2}
