"""The ledger in a real database: one decision an occasion, caps under concurrency, replay, erasure, the outbox."""

import threading
from collections.abc import Iterator

import msgspec
import pytest
from support.installation import SHOP, Installation, identify, track

from regulars.decisioning import ledger, outbox
from regulars.decisioning.arbitrate import decide
from regulars.decisioning.export import export_decisions
from regulars.decisioning.facts import Means, gather
from regulars.decisioning.hers import ids_of
from regulars.decisioning.replay import replay
from regulars.erasure import erasure_frame
from regulars.identity.queries import KEYS_OF
from regulars.identity.rules import RULES
from regulars.model.contact import TOTAL, Cap, ContactPolicy
from regulars.model.decision import HELD_BACK, Action, Decision, Occasion, Rulebook, occasion_id, rulebook
from regulars.storage import log
from regulars.storage.database import connect

NOON = 1_773_489_600_000_000
POLICY = ContactPolicy(
    caps={TOTAL: (Cap(1, 1),)}, service={}, hours_between=0, quiet_from=0, quiet_to=0, holdout=0.0, pressure=0
)
OFFER = Action("offer", title="Offer", message="offer", channels=("email", "onsite"), worth=1000, base_rate=0.5)
BOOK = rulebook(POLICY, (OFFER,))
SAID = {"purpose": "marketing", "channel": "email"}


@pytest.fixture
def shop(installation: Installation) -> Iterator[Installation]:
    for name in ("ada", "bea"):
        installation.send(SHOP, identify(name, email=f"{name}@mail.example"))
        said = track("Consent Given", name, **SAID, address=f"{name}@mail.example")
        installation.send(SHOP, said)
    yield installation


def occasion(installation: Installation, key: str, **said: object) -> Occasion:
    made = {"id": occasion_id(installation.secret, key), "key": key, "kind": "campaign", "name": "spring"}
    return msgspec.convert({**made, **said}, Occasion)


def decided(
    installation: Installation, who: bytes, key: str, now: int = NOON, book: Rulebook = BOOK, **said: object
) -> Decision:
    means = Means(RULES, installation.secret)
    known = gather(installation.connection, [who], book, means, now)[who]
    return decide(known, occasion(installation, key, **said), book, now)


def holder(installation: Installation, name: str) -> bytes:
    found = installation.holder("email", f"{name}@mail.example")
    assert found is not None
    return found


def test_one_decision_an_occasion_and_what_it_sets_going(shop: Installation) -> None:
    connection, ada = shop.connection, holder(shop, "ada")
    first = decided(shop, ada, "one", context={"product": "A1"})
    assert first.did is not None
    assert ledger.record(connection, [first, first], BOOK) == {first.id: first}
    assert ledger.record(connection, [first], BOOK) == {}
    row = outbox.find(connection, first.id)
    assert row is not None and (row.address, row.state) == ("email:ada@mail.example", "waiting")
    assert row.context["product"] == "A1" and row.message == "offer"
    found = ledger.find(connection, first.id)
    assert found is not None and found.words.startswith("You got this because")
    assert row.context["why"] == found.words
    book = ledger.book_of(connection, found.decision.policy)
    assert book == BOOK and replay(found.decision, book).differs == ()
    assert "ada@mail" not in repr(found.decision.facts)
    # The budget is used up for today: capped, and decided again later.
    second = decided(shop, ada, "two")
    assert second.candidates[0].dropped == "capped" and second.again > NOON
    assert ledger.record(connection, [second], BOOK) == {second.id: second}
    assert [each.decision for each in ledger.last_of(connection, ids_of(connection, [ada], shop.secret)[ada], 9)] == [
        msgspec.structs.replace(each, known=msgspec.structs.replace(each.known, ids=(), addresses={}))
        for each in sorted((first, second), key=lambda each: each.id)
    ]
    # What is stopped was no contact.
    assert outbox.stop(connection, [ada], "she said so", NOON, channel="sms") == 0
    assert outbox.stop(connection, [ada], "she said so", NOON, purpose="marketing") == 1
    assert decided(shop, ada, "three").did is not None


def test_facts_that_have_changed_are_looked_at_anew(shop: Installation) -> None:
    connection, ada = shop.connection, holder(shop, "ada")
    both = [decided(shop, ada, "one"), decided(shop, ada, "two")]
    assert all(each.did is not None for each in both)
    made = ledger.record(connection, both, BOOK)
    assert [made[each.id].did is not None for each in both] == [True, False]
    assert made[both[1].id].candidates[0].dropped == "capped"
    # The same again from many sides at once: each day has room for one.
    days = range(1, 6)

    def rush(side: int) -> None:
        with connect(shop.conninfo, autocommit=True) as mine:
            for day in days:
                now = NOON + day * 86_400_000_000
                known = gather(mine, [ada], BOOK, Means(RULES, shop.secret), now)[ada]
                barrier.wait()
                made = decide(known, occasion(shop, f"{day}/{side % 2}/{side}"), BOOK, now)
                ledger.record(mine, [made], BOOK)

    barrier = threading.Barrier(4)
    threads = [threading.Thread(target=rush, args=(side,)) for side in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    counts = connection.execute("SELECT count(*), count(*) FILTER (WHERE done) FROM decisions WHERE at > %s", (NOON,))
    assert counts.fetchone() == (20, 5)
    assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (6,)


def test_a_merge_keeps_budget_and_arm_and_an_erasure_leaves_nothing(shop: Installation) -> None:
    connection, ada, bea = shop.connection, holder(shop, "ada"), holder(shop, "bea")
    held = rulebook(msgspec.structs.replace(POLICY, holdout=1.0), (OFFER,))
    before = decided(shop, ada, "held", book=held)
    assert before.arm == HELD_BACK and before.did is None and before.again == 0
    ledger.record(connection, [before], held)
    ledger.record(connection, [decided(shop, bea, "hers")], BOOK)
    slot = decided(shop, ada, "slot", kind="slot", name="home")
    assert slot.did is not None and slot.did.channel == "onsite"
    ledger.record(connection, [slot], BOOK)
    assert outbox.find(connection, slot.id) is None
    late = NOON + 3_600_000_000
    assert decided(shop, ada, "unseen", late).did is not None
    assert ledger.seen(connection, slot.id, late) and not ledger.seen(connection, slot.id, late)
    # Two become one: what either got counts for her, and whoever's anchor stays keeps her place.
    shop.send(SHOP, {"type": "alias", "previousId": "bea", "userId": "ada"})
    one = holder(shop, "ada")
    assert holder(shop, "bea") == one and one in (ada, bea)
    assert decided(shop, one, "after").candidates[0].dropped == "capped"
    arm = decided(shop, one, "after", NOON + 3 * 86_400_000_000, held)
    assert arm.held_by == before.held_by
    found = ledger.last_of(connection, ids_of(connection, [one], shop.secret)[one], 9)
    assert {each.decision.customer for each in found} == {ada, bea}
    given = shop.read(lambda reading: export_decisions(reading, one))
    assert len(given["decisions"]) == 3 and given["decisions"][0]["why"]
    keys = [row[0] for row in connection.cursor(binary=True).execute(KEYS_OF, (one,))]
    log.append(connection, [[erasure_frame(one, keys, NOON)]])
    shop.step()
    for table in ("decisions", "contacts", "outbox"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_the_outbox_hands_each_row_to_one_sender(shop: Installation) -> None:
    connection = shop.connection
    people = [holder(shop, "ada"), holder(shop, "bea")]
    for n, who in enumerate(people):
        ledger.record(connection, [decided(shop, who, f"c{n}")], BOOK)
    assert outbox.claim(connection, ["sms"], 9, NOON) == []
    assert outbox.claim(connection, ["email"], 9, NOON - 1) == []
    [mine] = outbox.claim(connection, ["email"], 1, NOON)
    [other] = outbox.claim(connection, ["email"], 9, NOON)
    assert mine.attempts == 1 and mine.decision != other.decision
    assert outbox.take_back(connection, ["email"], NOON, NOON + 1) == 0
    assert outbox.take_back(connection, ["email"], NOON + 1, NOON + 1) == 2
    again = outbox.claim(connection, ["email"], 9, NOON + 2)
    assert [(each.doubtful, each.attempts) for each in again] == [(1, 2), (1, 2)]
    assert outbox.done(connection, {mine.decision: "<m1@shop>"}, NOON + 3) == 1
    outbox.give_back(connection, other.decision, NOON + 60, "busy", NOON + 3)
    assert outbox.next_due(connection, ["email"]) == NOON + 60
    assert outbox.hold(connection, "campaign", "spring", NOON + 4) == 1
    assert outbox.claim(connection, ["email"], 9, NOON + 99) == []
    assert outbox.counts(connection, "campaign", "spring") == {"sent": 1, "held": 1}
    assert outbox.release(connection, "campaign", "spring", NOON + 5) == 1
    [last] = outbox.claim(connection, ["email"], 9, NOON + 99)
    outbox.fail(connection, last.decision, "no such mailbox", NOON + 100)
    outbox.fail(connection, mine.decision, "too late: it was sent", NOON + 100)
    assert outbox.counts(connection, "campaign", "spring") == {"sent": 1, "failed": 1}
