"""A batch is taken whole or not at all, by one leader only, and what it drops is told."""

import json
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import psycopg
import pytest
from support.frames import append, contents, frame
from support.installation import SHOP, SITE, TILL, Installation, identify, track

import regulars.pipeline
import regulars.preparing
from regulars.batch import Work
from regulars.collection.again import frame_again
from regulars.collection.replay import REPLAY
from regulars.context import Context
from regulars.identity.rules import Rules
from regulars.model.frame import Frame
from regulars.model.rejection import Reason
from regulars.model.source import Source, Trust
from regulars.pipeline import STEPS, WRITING, Pipeline
from regulars.preparing import PREPARING
from regulars.storage import database
from regulars.storage.database import Connection
from regulars.storage.queries import CursorMoved
from regulars.storage.reading import RejectedItem, frames_of, rejected
from regulars.storage.sources import register

RICH = (
    {"messageId": "r1", "timestamp": "2026-03-01T10:00:00Z", **identify("ann", "a-1", email="ann@mail.example")},
    {"messageId": "r2", "timestamp": "2026-03-01T10:01:00Z", **track("Product Viewed", "ann", product_id="mug")},
    {"messageId": "r3", "timestamp": "2026-03-01T10:02:00Z", **track("Consent Given", "ann", purpose="news")},
    {
        "messageId": "r4",
        "timestamp": "2026-03-01T10:03:00Z",
        **track("Product Updated", product_id="mug", name="Mug", price=9.5, currency="EUR"),
    },
    {
        "messageId": "r5",
        "timestamp": "2026-03-01T10:04:00Z",
        **track("Order Completed", "ann", order_id="o-1", total=9.5, currency="EUR"),
    },
    {
        "messageId": "r6",
        "timestamp": "2026-03-01T10:05:00Z",
        **track("Order Refunded", "ann", order_id="o-1", total=2, currency="EUR"),
    },
    {"messageId": "r7", "timestamp": "2026-03-01T10:06:00Z", "type": "alias", "userId": "ann", "previousId": "a-0"},
    {"messageId": "r8", "timestamp": "2026-03-01T10:07:00Z", **track("", "ann")},
    {"messageId": "r9", "timestamp": "2026-03-01T10:08:00Z", **track("Product Added", "ann", product_id="jug")},
    {
        "messageId": "r10",
        "timestamp": "2026-03-01T10:09:00Z",
        **track("Stock Updated", product_id="mug", store_id="s-1", quantity=4),
    },
)
"""Items that write to every derived table (but those of erasures), one of them to `rejected`."""


def viewed(name: str, user: str = "ann", **properties: Any) -> dict[str, Any]:
    said = {"messageId": name, "timestamp": "2026-03-02T10:00:00Z"}
    return {**said, **track("Product Viewed", user, product_id="cup", **properties)}


def accepted(connection: Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT message_id FROM events ORDER BY message_id")]


class Broken(Exception):
    """What a step raises in these tests."""


def break_after(monkeypatch: pytest.MonkeyPatch, name: str, error: Callable[[Any], Exception | None]) -> None:
    """Have a step fail once it has done its work."""

    def broken(step: Callable[[Any], None]) -> Callable[[Any], None]:
        def run(work: Any) -> None:
            step(work)
            if why := error(work):
                raise why

        return run

    for module, names, steps in ((regulars.preparing, "PREPARING", PREPARING), (regulars.pipeline, "WRITING", WRITING)):
        monkeypatch.setattr(
            module, names, tuple((each, broken(step) if each == name else step) for each, step in steps)
        )


def test_an_empty_log_gives_nothing_to_do(installation: Installation) -> None:
    before = contents(installation.connection)
    assert installation.pipeline.step() is None
    assert installation.pipeline.place == 0
    assert contents(installation.connection) == before


@pytest.mark.parametrize("name", list(STEPS))
def test_what_a_failing_batch_wrote_is_taken_back_and_done_later(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    installation.send(SHOP, viewed("earlier", "bob"))
    append(installation.connection, msgspec.structs.replace(frame(SHOP, *RICH), run="2026-03-01-run"))
    before, place = contents(installation.connection), installation.pipeline.place
    break_after(monkeypatch, name, lambda work: Broken())
    with pytest.raises(Broken):
        installation.pipeline.step()
    assert contents(installation.connection) == before
    assert installation.pipeline.place == place
    monkeypatch.undo()
    batch = installation.pipeline.step()
    assert batch is not None and (batch.accepted, batch.dropped) == (9, 1)
    after = contents(installation.connection)
    # What erasures leave behind, and what is kept beside the lake, has tests of its own.
    others = ("erased", "insight", "lake_state", "retold")
    unwritten = [table for table in after if after[table] == before[table] and not table.startswith(others)]
    assert unwritten == []


def test_each_step_is_timed(installation: Installation) -> None:
    append(installation.connection, frame(SHOP, *RICH))
    batch = installation.pipeline.step()
    assert batch is not None and list(batch.seconds) == list(STEPS)
    assert all(seconds >= 0 for seconds in batch.seconds.values())


@pytest.fixture
def second(installation: Installation) -> Iterator[Connection]:
    """Another connection to the installation's database."""
    with database.connect(installation.conninfo, autocommit=True) as connection:
        yield connection


def test_who_no_longer_leads_writes_nothing(installation: Installation, second: Connection) -> None:
    append(installation.connection, frame(SHOP, viewed("one")))
    stale = Pipeline(second, installation.context)
    installation.step()
    append(installation.connection, frame(SHOP, viewed("two")))
    before = contents(installation.connection)
    for _ in range(2):
        with pytest.raises(CursorMoved):
            stale.step()
    assert contents(installation.connection) == before
    installation.step()
    assert accepted(installation.connection) == ["one", "two"]
    assert Pipeline(second, installation.context).step() is None


def test_of_two_who_lead_at_once_the_second_waits_and_writes_nothing(
    installation: Installation, second: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(installation.connection, frame(SHOP, *RICH))
    stored, waiting = threading.Event(), threading.Event()
    outcome: list[object] = []

    def other() -> None:
        stored.wait(10)
        try:
            outcome.append(Pipeline(second, installation.context).step())
        except Exception as error:
            outcome.append(error)

    def pause(work: Work) -> None:
        if work.connection is installation.connection:
            stored.set()
            waiting.wait(0.5)

    break_after(monkeypatch, "fold", pause)
    thread = threading.Thread(target=other)
    thread.start()
    installation.pipeline.step()
    thread.join(10)
    assert [type(each) for each in outcome] == [CursorMoved], outcome
    assert len(accepted(second)) == 9


@pytest.mark.parametrize("change", ["rules", "projection_version"])
def test_what_was_made_under_other_rules_is_not_continued(installation: Installation, change: str) -> None:
    append(installation.connection, frame(SHOP, viewed("one")))
    context = installation.context
    if change == "rules":
        context = Context(installation.secret, Rules(dominance=0.9))
    else:
        installation.connection.execute("UPDATE cursor SET projection_version = projection_version + 1")
    before = contents(installation.connection)
    with pytest.raises(CursorMoved):
        Pipeline(installation.connection, context).step()
    assert contents(installation.connection) == before


def test_the_name_of_the_rules_tells_every_decisive_setting(installation: Installation) -> None:
    names = {installation.context.rules_name, Context(installation.secret, Rules(dominance=0.9)).rules_name}
    assert len(names) == 2
    assert Context(installation.secret).rules_name in names


NOW = {"timestamp": "2026-03-02T10:00:00Z"}
DROPPED: tuple[tuple[Reason, str, Source, Any], ...] = (
    (Reason.WRONG_TYPE, "$", SHOP, ["no", "object"]),
    (Reason.TOO_LARGE, "$.event", SHOP, {**NOW, **track("x" * 600, "ann")}),
    (Reason.TOO_DEEP, "$", SHOP, {**NOW, **track("Deep", "ann", deep=json.loads("[" * 70 + "]" * 70))}),
    (Reason.WRONG_TYPE, "$.userId", SHOP, {**NOW, "type": "track", "event": "E", "userId": ["ann"]}),
    (Reason.WRONG_TYPE, "$.context.externalIds[0].type", SHOP, {
        **NOW, **track("E", "ann"), "context": {"externalIds": [{"id": "1", "type": "--"}]},
    }),
    (Reason.WRONG_TYPE, "$.properties.products[0]", SHOP, {**NOW, **track("Order Completed", "ann", products=[1])}),
    (Reason.UNKNOWN_TYPE, "$.type", SHOP, {**NOW, "type": "trak", "event": "E"}),
    (Reason.MISSING_FIELD, "$.event", SHOP, {**NOW, **track("", "ann")}),
    (Reason.MISSING_FIELD, "$.properties.purpose", SHOP, {**NOW, **track("Consent Given", "ann")}),
    (Reason.BAD_CHARACTER, "$.userId", SHOP, {**NOW, **track("E", "a\0b")}),
    (Reason.ID_TOO_LONG, "$.userId", SHOP, {**NOW, **track("E", "a" * 300)}),
    (Reason.ID_TOO_LONG, "$.traits.email", SHOP, {**NOW, **identify("ann", email="a" * 300 + "@mail.example")}),
    (Reason.TOO_MANY_IDENTIFIERS, "$.context.externalIds", SHOP, {
        **NOW, **track("E", "ann"), "context": {"externalIds": [{"id": str(n), "type": "crm"} for n in range(60)]},
    }),
    (Reason.TIME_OUT_OF_RANGE, "$.timestamp", SHOP, {**track("E", "ann"), "timestamp": "1999-01-01T00:00:00Z"}),
    (Reason.BAD_TIME, "$.timestamp", SHOP, {**track("E", "ann"), "timestamp": "soon"}),
    (Reason.NOT_ALLOWED_FOR_CLIENT, "$.event", SITE, {**NOW, **track("Points Earned", "ann", points=5)}),
    (Reason.NOT_ALLOWED_FOR_CLIENT, "$.event", SITE, {**NOW, **track("Product Updated", product_id="mug")}),
    (Reason.BAD_AMOUNT, "$.properties.total", SHOP, {
        **NOW, **track("Order Completed", "ann", order_id="o", total="a lot", currency="EUR"),
    }),
)  # fmt: skip


def test_what_is_dropped_is_told_with_its_reason_place_and_bytes(installation: Installation) -> None:
    frames = []
    for number, (_, _, source, item) in enumerate(DROPPED):
        item = {"messageId": f"bad-{number}", **item} if isinstance(item, dict) else item
        frames.append(frame(source, viewed(f"before-{number}"), item, viewed(f"behind-{number}")))
    frames.append(frame(SHOP, viewed("before-0", other="content")))
    raw = b'{"batch":[{"type":"track","event":"E","userId":"ann","properties":{"x":1e999}}]}'
    frames.append(Frame("shop", 1, frames[0].received, "batch", raw))
    frames.append(Frame("shop", 1, frames[0].received, "refused", b"{", 1, "malformed: $: cut off"))
    append(installation.connection, *frames)
    installation.step()
    found = list(reversed(rejected(installation.connection, None, 100)))
    by_place = {(each.seq, each.item): each for each in found}
    for row, (reason, path, source, _) in enumerate(DROPPED, start=1):
        each = by_place.pop((row, "0.1"))
        assert (each.reason, each.path) == (reason, path)
        assert (each.source, each.trust) == (source.name, int(source.trust))
        assert each.body == json.dumps(json.loads(frames[row - 1].body)["batch"][1]).encode()
        assert each.message
    others = sorted(each.reason for each in by_place.values())
    assert others == [Reason.CONFLICTING_DUPLICATE, Reason.MALFORMED, Reason.NOT_A_NUMBER]
    assert {each.reason for each in found} == set(Reason), "a reason that no item here is dropped for"
    assert len(accepted(installation.connection)) == 2 * len(DROPPED)


def test_a_duplicate_is_no_rejection_and_counts_once(installation: Installation) -> None:
    for _ in range(2):
        append(installation.connection, frame(SHOP, viewed("one"), viewed("one")), frame(SHOP, viewed("one")))
        installation.step()
    assert accepted(installation.connection) == ["one"]
    assert rejected(installation.connection, None, 10) == []
    assert installation.connection.execute("SELECT n FROM evidence").fetchall() == [(1,)]
    assert installation.connection.execute("SELECT n FROM interactions").fetchall() == [(1,)]


def test_one_message_id_from_two_sources_is_two_events(installation: Installation) -> None:
    same_name = Source("shop", Trust.CLIENT, "shop")
    append(installation.connection, *(frame(source, viewed("one")) for source in (SHOP, TILL, same_name)))
    installation.step()
    assert accepted(installation.connection) == ["one"] * 3


def unindexable(name: str, seed: int = 1) -> dict[str, Any]:
    """A refund of which every field is within its bound, and whose key is more than an index of PostgreSQL takes."""
    chance = random.Random(seed)
    long = ["".join(chr(chance.randrange(0x20000, 0x2A000)) for _ in range(200)) for _ in range(3)]
    where = dict(zip(("store_id", "till_id", "receipt_id"), long, strict=True))
    said = {"messageId": name, "timestamp": "2026-03-02T10:00:00Z"}
    return {**said, **track("Order Refunded", "ann", total=1, currency="EUR", **where)}


LONG_NAME = "".join(chr(0x20000 + n * 7919 % 0xA000) for n in range(100))


def test_only_what_the_database_refuses_is_rejected(installation: Installation) -> None:
    append(
        installation.connection,
        frame(TILL, *(viewed(f"a-{n}") for n in range(5)), unindexable(LONG_NAME), viewed("b")),
        frame(SHOP, viewed("c")),
    )
    batch = installation.pipeline.step()
    assert batch is not None and (batch.accepted, batch.dropped) == (7, 1)
    (only,) = rejected(installation.connection, None, 10)
    assert (only.reason, only.seq, only.item) == (Reason.MALFORMED, 1, "0.5")
    assert only.message == "holds a value that cannot be stored"
    assert json.loads(only.body) == unindexable(LONG_NAME)
    installation.send(SHOP, viewed("later"))
    assert len(accepted(installation.connection)) == 8


def test_a_poison_item_that_comes_again_is_rejected_again(installation: Installation) -> None:
    """SDKs send again what they believe lost: a second poison behind the first in one batch must not stall either."""
    other = unindexable(LONG_NAME, 2)
    append(
        installation.connection,
        frame(TILL, unindexable(LONG_NAME), unindexable(LONG_NAME), viewed("a"), other, other),
        frame(TILL, unindexable(LONG_NAME)),
    )
    installation.step()
    assert accepted(installation.connection) == ["a"]
    places = sorted(f"{each.seq}:{each.item}" for each in rejected(installation.connection, None, 10))
    assert places == ["1:0.0", "1:0.1", "1:0.3", "1:0.4", "2:0.0"]


def test_a_fault_of_ours_is_not_blamed_on_an_event(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    append(installation.connection, frame(SHOP, viewed("one")))
    break_after(monkeypatch, "fold", lambda work: psycopg.errors.DeadlockDetected())
    with pytest.raises(psycopg.errors.DeadlockDetected):
        installation.pipeline.step()
    # Refused as a whole, though no item alone is: nobody can tell which, so nothing may be dropped.
    break_after(monkeypatch, "advance", lambda work: psycopg.DataError())
    with pytest.raises(psycopg.DataError):
        installation.pipeline.step()
    monkeypatch.undo()
    installation.step()
    assert accepted(installation.connection) == ["one"]
    assert rejected(installation.connection, None, 10) == []


def replay(installation: Installation, item: RejectedItem) -> None:
    """What `regulars rejected replay` does."""
    sent = frames_of(installation.connection, item.seq)[int(item.item.partition(".")[0])]
    append(installation.connection, frame_again(sent, item.body, f"{REPLAY}{item.seq}:{item.item}"))
    installation.step()


def test_what_is_sent_in_again_once_the_cause_is_mended_leaves_the_list(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(work: Work) -> Exception | None:
        return psycopg.DataError() if any(b"hard-" in item.row for item in work.items) else None

    break_after(monkeypatch, "store", refuses)
    items = (viewed("hard-1"), viewed("easy"), viewed("hard-2"))
    append(installation.connection, frame(SHOP, *items))
    installation.step()
    assert accepted(installation.connection) == ["easy"]
    monkeypatch.undo()
    last, first = rejected(installation.connection, None, 10)
    replay(installation, first)
    assert accepted(installation.connection) == ["easy", "hard-1"]
    assert [each.id for each in rejected(installation.connection, None, 10)] == [last.id]
    replay(installation, last)
    assert rejected(installation.connection, None, 10) == []


def test_what_is_sent_in_again_and_fails_again_stands_there_once(installation: Installation) -> None:
    append(installation.connection, frame(SHOP, viewed("good"), {"type": "track", "userId": "ann"}))
    installation.step()
    (first,) = rejected(installation.connection, None, 10)
    replay(installation, first)
    (again,) = rejected(installation.connection, None, 10)
    assert (again.seq, again.item, again.reason) == (2, "0.0", first.reason)
    assert again.body == first.body


def test_a_source_registered_late_counts_from_its_first_event_on(installation: Installation) -> None:
    installation.send(SHOP, viewed("one"))
    late = Source("late", Trust.SERVER, "elsewhere", 9)
    register(installation.connection, late)
    append(installation.connection, frame(late, viewed("two", "bob")))
    installation.step()
    rows = installation.connection.execute("SELECT space FROM identifiers WHERE value = 'bob'").fetchall()
    assert rows == [("elsewhere",)]


def test_a_source_that_was_never_registered_has_the_defaults(installation: Installation) -> None:
    append(installation.connection, frame(Source("nobody", Trust.CLIENT, "ignored"), viewed("one", "bob")))
    installation.step()
    rows = installation.connection.execute("SELECT space, server FROM identifiers WHERE value = 'bob'").fetchall()
    assert rows == [("main", False)]
