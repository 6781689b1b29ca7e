"""An undone import leaves what would be there had it never come."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from support.frames import contents
from support.installation import RECEIVED, SHOP, SITE, TILL, Installation, identify, track
from test_erasure import digest_of, erase, rebuilt
from test_pipeline import LONG_NAME, unindexable

import regulars.app
from regulars.app import DIGEST
from regulars.collection.again import frame_again
from regulars.collection.receive import keep, receive
from regulars.collection.retracted import EXAMPLE
from regulars.collection.tracked import tracked_calls
from regulars.model.frame import Frame
from regulars.model.source import Source
from regulars.pipeline import Pipeline
from regulars.retraction import retraction_frame
from regulars.simulation.hard import generate
from regulars.storage import imports, log
from regulars.storage.database import connect
from regulars.storage.digest import Digest, digest
from regulars.storage.imports import Run
from regulars.storage.queries import start_cursor
from regulars.storage.sources import register

Item = dict[str, Any]


def item(call: Item, id: str, second: int) -> Item:
    return {"messageId": id, "timestamp": f"2026-03-01T10:00:{second:02}Z", **call}


def begin(installation: Installation, *sources: Source) -> Run:
    return imports.open_run(installation.connection, "events", [(s.name, int(s.trust)) for s in sources], [])


def bring(installation: Installation, run: Run, source: Source, *items: Item) -> None:
    """Take items in by a run."""
    frame = receive(source, "import", json.dumps({"batch": items}).encode(), "", RECEIVED + 1)
    imports.append(installation.connection, run, [frame], "")
    installation.step()


def undo(installation: Installation, run: str) -> None:
    log.append(installation.connection, [[retraction_frame(run, RECEIVED)]])
    installation.step()


def never(installation: Installation, *calls: tuple[Source, Item]) -> Digest:
    """The digest of an installation that only ever got these calls."""
    bodies = [(source, json.dumps({"batch": [call]}).encode()) for source, call in calls]
    return never_but(installation, [[receive(source, "batch", body, "", RECEIVED)] for source, body in bodies])


def never_but(installation: Installation, rows: list[list[Frame]]) -> Digest:
    """The digest of an installation whose log only ever held these rows."""
    regulars.app.schema().create_derived(installation.conninfo, "never")
    with connect(installation.conninfo, "never", autocommit=True) as connection:
        start_cursor(connection, installation.context.rules_name)
        pipeline = Pipeline(connection, installation.context)
        for number, frames in enumerate(rows, 1):
            pipeline.take([log.Row(number, len(frames), frames)])
        found = digest(connection, installation.context.rules_name, regulars.app.DIGEST)
        connection.execute("DROP SCHEMA never CASCADE")
    return found


def differing(one: Digest, two: Digest) -> set[str]:
    return {name for name in one.parts if one.parts[name] != two.parts[name]}


def check(installation: Installation, *calls: tuple[Source, Item]) -> None:
    """What is derived is what these calls give, now and after a rebuild."""
    now = digest_of(installation)
    assert differing(now, never(installation, *calls)) == set()
    assert differing(now, rebuilt(installation)) == set()


REAL: list[tuple[Source, Item]] = [
    (SHOP, item(identify("ada", "c1", email="ada@mail.example", phone="+12025550143"), "r1", 1)),
    (SHOP, item(track("Order Completed", "ada", order_id="o1", total=12, currency="USD"), "r2", 2)),
    (SITE, item(track("Product Viewed", "", "c1", product_id="mug"), "r3", 3)),
    (TILL, item(track("Order Completed", order_id="t1", total=3, traits={"loyalty_id": "CARD1"}), "r4", 4)),
    (SHOP, item(track("Consent Given", "ada", purpose="news"), "r5", 5)),
    (SHOP, item(track("Product Updated", product_id="mug", name="Mug", price=4, currency="USD"), "r6", 6)),
    (SHOP, item({"type": "alias", "userId": "ada", "previousId": "c7"}, "r7", 7)),
    (SHOP, item(track("Order Completed", order_id="0", products=[{"product_id": "pin", "name": "Pin"}]), "r8", 8)),
]


def real(installation: Installation) -> None:
    for source, call in REAL:
        installation.send(source, call)


IMPORTED: list[tuple[Source, Item]] = [
    (SHOP, item(identify("ada", email="ada@mail.example", loyalty_id="card 1", city="Brno"), "i1", 11)),
    (SHOP, item(track("Order Completed", "ada", order_id="o2", total=7, currency="USD"), "i2", 12)),
    (SHOP, item(track("Order Refunded", "ada", order_id="o1", total=2, currency="USD"), "i3", 13)),
    (SHOP, item(track("Order Refunded", order_id="o9", total=2, currency="USD"), "i4", 14)),
    (SHOP, item(track("Consent Withdrawn", "ada", purpose="news"), "i5", 15)),
    (SHOP, item(track("Product Updated", product_id="mug", name="Beaker", price=5, currency="USD"), "i6", 16)),
    (SHOP, item(track("Product Updated", product_id="hat", name="Hat"), "i7", 17)),
    (SHOP, item({"type": "alias", "userId": "ada", "previousId": "c7"}, "i8", 18)),
    (SHOP, item({"type": "alias", "userId": "ada", "previousId": "bob"}, "i9", 19)),
    (SHOP, item(identify("new", email="new@mail.example", anonymous="c1"), "i10", 20)),
    (SITE, item(track("Product Viewed", "", "c1", product_id="hat"), "i11", 21)),
    (SHOP, item(track("Order Completed", order_id="0", total=7, currency="USD"), "i12", 22)),
    (SHOP, item(track("Store Updated", store_id="12", name="Brno"), "i13", 23)),
    (SHOP, item(track("Stock Updated", product_id="mug", store_id="12", quantity=3), "i14", 24)),
    (SHOP, item(track("Campaign Updated", campaign_id="spring"), "i15", 25)),
    (SHOP, item(track("Order Completed", "ada", order_id="o3", products=[{"product_id": "pin"}]), "i16", 26)),
    (SHOP, {"type": "track", "event": 7, "messageId": "bad"}),
]


def bring_all(installation: Installation, run: Run) -> None:
    for source, call in IMPORTED:
        bring(installation, run, source, call)


def test_all_effects_go(installation: Installation) -> None:
    run = begin(installation, SHOP)
    real(installation)
    bring_all(installation, run)
    assert differing(digest_of(installation), never(installation, *REAL)) != set()
    assert imports.counts(installation.connection, run.id) == imports.Counted(17, 16, 1)
    undo(installation, run.id)
    check(installation, *REAL)
    left = installation.connection.execute("SELECT count(*) FROM rejected").fetchone()
    assert left == (0,)
    assert imports.find_runs(installation.connection, run.id)[0].state == imports.UNDONE


def test_whatever_comes_first(installation: Installation) -> None:
    run = begin(installation, SHOP)
    for ours, theirs in zip(IMPORTED, REAL, strict=False):
        bring(installation, run, *ours)
        installation.send(*theirs)
    undo(installation, run.id)
    check(installation, *REAL)


def test_a_run_alone_leaves_nothing(installation: Installation) -> None:
    run = begin(installation, SHOP)
    bring_all(installation, run)
    undo(installation, run.id)
    check(installation)


def test_a_later_import_of_the_same_is_no_duplicate(installation: Installation) -> None:
    run = begin(installation, SHOP)
    real(installation)
    bring_all(installation, run)
    undo(installation, run.id)
    again = begin(installation, SHOP)
    assert again.id != run.id
    bring_all(installation, again)
    assert imports.counts(installation.connection, again.id) == imports.Counted(17, 16, 1)
    check(installation, *REAL, *IMPORTED)
    undo(installation, again.id)
    check(installation, *REAL)


def test_what_was_refused_as_its_duplicate_counts_now(installation: Installation) -> None:
    run = begin(installation, SHOP)
    bring_all(installation, run)
    same, other = IMPORTED[1], (SHOP, {**IMPORTED[0][1], "traits": {"email": "eve@mail.example"}})
    third = (SHOP, {**IMPORTED[0][1], "traits": {"email": "third@mail.example"}})
    for source, call in (same, other, third, other):
        installation.send(source, call)
    assert installation.connection.execute("SELECT count(*) FROM rejected").fetchone() == (4,)
    undo(installation, run.id)
    check(installation, same, other, third, other)
    rows = installation.connection.execute("SELECT reason, body FROM rejected").fetchall()
    assert [(row[0], b"third" in row[1]) for row in rows] == [("conflicting_duplicate", True)]
    mark = installation.connection.execute("SELECT events, back FROM retractions").fetchone()
    assert mark == (16, 2)


def test_what_came_before_it_stays(installation: Installation) -> None:
    run = begin(installation, SHOP)
    installation.send(*IMPORTED[1])
    installation.send(SHOP, {**IMPORTED[0][1], "traits": {"email": "eve@mail.example"}})
    bring_all(installation, run)
    undo(installation, run.id)
    check(installation, IMPORTED[1], (SHOP, {**IMPORTED[0][1], "traits": {"email": "eve@mail.example"}}))


def test_shared_values_become_unshared(installation: Installation) -> None:
    run = begin(installation, SHOP)
    tablet = {"context": {"externalIds": [{"type": "device_id", "id": "tablet"}]}}
    mine = (SHOP, item({**identify("ada"), **tablet}, "a", 1))
    installation.send(*mine)
    for n in range(4):
        bring(installation, run, SHOP, item({**identify(f"u{n}"), **tablet}, f"b{n}", 2 + n))
    assert installation.holder("device_id", "tablet") is None
    undo(installation, run.id)
    assert installation.holder("device_id", "tablet") == installation.holder("user_id", "ada")
    check(installation, mine)


def test_undone_twice_changes_nothing(installation: Installation) -> None:
    run = begin(installation, SHOP)
    real(installation)
    bring_all(installation, run)
    undo(installation, run.id)
    undo(installation, run.id)
    check(installation, *REAL)


def test_an_erasure_stays(installation: Installation) -> None:
    run = begin(installation, SHOP)
    real(installation)
    bring_all(installation, run)
    erase(installation, "user_id", "ada")
    undo(installation, run.id)
    now = digest_of(installation)
    assert differing(now, rebuilt(installation)) == set()
    again = begin(installation, SHOP)
    bring_all(installation, again)
    rows = installation.connection.execute("SELECT count(*) FROM identifiers WHERE value = 'ada'").fetchone()
    assert rows == (0,)
    assert differing(digest_of(installation), rebuilt(installation)) == set()


def test_an_erasure_after_it_does_not_bring_it_back(installation: Installation) -> None:
    run = begin(installation, SHOP)
    real(installation)
    bring_all(installation, run)
    undo(installation, run.id)
    erase(installation, "user_id", "ada")
    assert differing(digest_of(installation), rebuilt(installation)) == set()
    assert installation.connection.execute("SELECT count(*) FROM events").fetchone() == (3,)


@pytest.mark.parametrize("whole", [True, False])
def test_example_data_go(installation: Installation, whole: bool) -> None:
    real(installation)
    run = begin(installation, SHOP)
    demo = Source("completejourney", SHOP.trust) if whole else SHOP
    for n, (_, call) in enumerate(IMPORTED[:-1]):
        told = call if whole else {**call, "origin": "simulated"}
        if n % 2:
            bring(installation, run, demo, told)
        else:
            installation.send(demo, told)
    assert differing(digest_of(installation), never(installation, *REAL)) != set()
    undo(installation, EXAMPLE)
    check(installation, *REAL)
    assert imports.find_runs(installation.connection, run.id)[0].state == imports.UNDONE


@pytest.mark.parametrize(("seed", "many"), [(3, 40), (4, 10_000)])
def test_in_a_hard_town(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, many: int
) -> None:
    """Any part of a town may come by a run: the rest is what is left, however little is held at a time."""
    monkeypatch.setattr("regulars.storage.retracting.MANY", many)
    generate(60, 60, seed, tmp_path)
    sources, calls = tracked_calls(tmp_path)
    for source in sources:
        register(installation.connection, source)
    run, chance = begin(installation, SHOP), random.Random(seed)
    rows: list[list[Frame]] = []
    part: list[Frame] = []
    for source, received, body in calls:
        part.append(keep(source, "import", body, received))
        if len(part) < chance.randint(1, 20):
            continue
        # Some come by the run alone, some from elsewhere alone, some twice, in either order.
        ways = chance.choice(("run", "else", "else", "run else", "else run"))
        for way in ways.split():
            if way == "run":
                imports.append(installation.connection, run, part, "")
            else:
                log.append(installation.connection, [part])
                rows.append(part)
        part = []
    installation.step()
    before = digest_of(installation)
    undo(installation, run.id)
    assert differing(before, digest_of(installation)) != set()
    assert differing(digest_of(installation), never_but(installation, rows)) == set()
    assert differing(digest_of(installation), rebuilt(installation)) == set()


def test_cut_short_it_is_done_again_from_the_start(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begin(installation, SHOP)
    real(installation)
    bring_all(installation, run)
    log.append(installation.connection, [[retraction_frame(run.id, RECEIVED)]])
    before = contents(installation.connection)

    def broken(*_: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr("regulars.identity.erase.settle_beside", broken)
        with pytest.raises(InterruptedError):
            installation.step()
    assert contents(installation.connection) == before
    assert imports.find_runs(installation.connection, run.id)[0].state == imports.RUNNING
    installation.pipeline = Pipeline(installation.connection, installation.context)
    installation.step()
    check(installation, *REAL)


def test_a_rebuild_that_had_begun_before_agrees(installation: Installation) -> None:
    run = begin(installation, SHOP)
    bring_all(installation, run)
    real(installation)
    regulars.app.schema().create_derived(installation.conninfo, "anew")
    with connect(installation.conninfo, "anew", autocommit=True) as connection:
        start_cursor(connection, installation.context.rules_name)
        late = Pipeline(connection, installation.context)
        late.take(log.read(connection, 0, 8))
        undo(installation, run.id)
        while late.step():
            pass
        assert differing(digest_of(installation), digest(connection, installation.context.rules_name, DIGEST)) == set()
        connection.execute("DROP SCHEMA anew CASCADE")


def test_what_cannot_be_stored_is_rejected_when_it_comes_forward(installation: Installation) -> None:
    """It stood behind the run's event of the same id, so that nobody had tried to store it."""
    run = begin(installation, TILL)
    bring(installation, run, TILL, item(track("Cart Viewed", "ann"), LONG_NAME, 1))
    installation.send(TILL, unindexable(LONG_NAME), item(track("Cart Viewed", "ann"), "q", 2))
    installation.send(TILL, item(track("Cart Viewed", "bob"), LONG_NAME, 3))
    undo(installation, run.id)
    rows = installation.connection.execute("SELECT reason FROM rejected").fetchall()
    assert rows == [("malformed",)]
    assert installation.connection.execute("SELECT count(*) FROM events").fetchone() == (2,)
    assert differing(digest_of(installation), rebuilt(installation)) == set()


def test_an_item_that_is_sent_in_again_is_the_runs_too(installation: Installation) -> None:
    run = begin(installation, SHOP)
    installation.send(SHOP, item(track("Cart Viewed", "bob"), "x", 1))
    bring(installation, run, SHOP, item(track("Cart Viewed", "ada"), "x", 2))
    assert imports.counts(installation.connection, run.id) == imports.Counted(1, 0, 1)
    seq, place = installation.connection.execute("SELECT seq, item FROM rejected").fetchone() or (0, "")
    frame = log.read(installation.connection, seq - 1, 1)[0].frames[0]
    log.append(installation.connection, [[frame_again(frame, b"", f"replay:{seq}:{place}")]])
    installation.step()
    assert imports.counts(installation.connection, run.id).items == 1
    undo(installation, run.id)
    check(installation, (SHOP, item(track("Cart Viewed", "bob"), "x", 1)))
