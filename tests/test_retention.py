"""What was kept long enough goes, nothing else does, and a rebuild gives what stands."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.frames import contents
from support.installation import KEY, RECEIVED, SHOP, SITE, TILL, Installation, identify, track
from test_erasure import digest_of, everything, rebuilt, request, same_again

from regulars.app import App
from regulars.cli import main as cli
from regulars.cli import retaining
from regulars.cli.retaining import Outcome, look, run_retention
from regulars.collection.receive import keep as keep_call
from regulars.collection.redaction import IpPolicy
from regulars.collection.tracked import tracked_calls
from regulars.model.frame import Frame
from regulars.model.retention import CLASSES
from regulars.pipeline import Pipeline
from regulars.retention import Record, retention_frame
from regulars.settings import FILE, load
from regulars.simulation.hard import generate
from regulars.storage import log, retention
from regulars.storage.sources import register

REMOVED = {**dict.fromkeys(CLASSES, 0), "browsing": 6, "anonymous": 2, "rejected": 1}
"""What a first run removes of what `ada` leaves."""
PAGE = {
    "type": "page",
    "name": "Scarves",
    "anonymousId": "cookie-1",
    "properties": {"url": "https://shop.example/secret-page"},
}


@pytest.fixture
def app(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """An installation that keeps nothing for longer than a moment."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", installation.conninfo)
    monkeypatch.setenv("REGULARS_SECRET", KEY.hex())
    App(load(tmp_path / "data"), create=True)
    return keeping(tmp_path / "data", 0)


def keeping(folder: Path, days: int | str, *kinds: str) -> App:
    """The installation with this many days for these classes (default: all), the others kept for ever."""
    lines = [f"{kind} = {json.dumps(days if not kinds or kind in kinds else 'none')}" for kind in CLASSES]
    (folder / FILE).write_text("[retention]\n" + "\n".join(lines))
    return App(load(folder))


@contextmanager
def stepping(installation: Installation) -> Iterator[None]:
    """A pipeline beside the run."""
    done = threading.Event()

    def steps() -> None:
        while not done.is_set():
            installation.pipeline.step()
            time.sleep(0.01)

    thread = threading.Thread(target=steps)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def run(installation: Installation, app: App) -> dict[str, int]:
    with stepping(installation):
        outcomes = run_retention(app)
    assert [each.error for each in outcomes if each.error] == []
    return {each.kind: each.removed for each in outcomes if each.days is not None}


def ada(installation: Installation) -> None:
    """A customer who browses, buys, consents; a visitor; a till's receipt; and something that cannot be read."""
    installation.send(
        SHOP,
        identify("ada-user", "cookie-1", email="ada@mail.example", name="Ada Lovelace"),
        track("Product Viewed", "ada-user", product_id="mug-7", url="https://shop.example/secret-mug"),
        track("Product Added", "ada-user", product_id="mug-7"),
        track(
            "Order Completed",
            "ada-user",
            order_id="o-ada",
            total=12,
            currency="USD",
            products=[{"product_id": "mug-7"}],
        ),
        track("Order Refunded", "ada-user", order_id="o-ada", refund_id="r-1", total=2, currency="USD"),
        track("Consent Given", "ada-user", purpose="news", channel="email"),
    )
    installation.send(
        SITE, PAGE, {**PAGE, "messageId": None}, track("Products Searched", anonymous="cookie-1", query="secret-search")
    )
    installation.send(
        SITE, track("Product Viewed", anonymous="visitor-9", product_id="hat-9"), {**PAGE, "anonymousId": "visitor-9"}
    )
    installation.send(TILL, track("Order Completed", order_id="t-1", total=3, channel="store", store_id="12"))
    installation.send(SHOP, b'{"type":"track","event":7,"userId":"ada-user","properties":{"n":"secret-broken"}}')


def test_browsing_is_stripped_and_all_else_stays(installation: Installation, app: App) -> None:
    ada(installation)
    before = contents(installation.connection)
    digest = digest_of(installation)
    assert run(installation, keeping(app.folder.path, 0, "browsing")) == {"browsing": 6}
    after, text = contents(installation.connection), everything(installation)
    assert not any(word in text for word in ("secret-page", "secret-mug", "secret-search", "hat-9", "Scarves"))
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"cursor", "events", "interactions", "retold"}
    assert {name for name, part in digest_of(installation).parts.items() if part != digest.parts[name]} == {
        "interactions"
    }
    assert len(after["interactions"]) == 1 and len(after["events"]) == len(before["events"])
    same_again(installation)


def test_a_visitor_who_stayed_away_goes_as_a_whole(installation: Installation, app: App) -> None:
    ada(installation)
    installation.send(SITE, track("Product Viewed", anonymous="visitor-9", product_id="hat-8"))
    assert run(installation, keeping(app.folder.path, 0, "anonymous")) == {"anonymous": 3}
    text = everything(installation)
    assert not any(word in text for word in ("visitor-9", "hat-9", "hat-8"))
    assert all(word in text for word in ("cookie-1", "mug-7", "o-ada", "secret-page", "secret-broken"))
    same_again(installation)
    installation.send(SITE, track("Product Viewed", anonymous="visitor-9", product_id="hat-8"))
    assert installation.holder("anonymous_id", "visitor-9") is not None
    same_again(installation)


@pytest.mark.parametrize(
    "more",
    [
        track("Order Completed", anonymous="visitor-9", order_id="o-9", total=1, currency="USD"),
        track("Consent Withdrawn", anonymous="visitor-9", purpose="analytics"),
        {"type": "identify", "anonymousId": "visitor-9", "traits": {"phone": "+12025550143"}},
        {"type": "page", "anonymousId": "visitor-9", "userId": "u-9"},
        {"type": "page", "anonymousId": "visitor-9", "context": {"externalIds": [{"type": "crm", "id": "77"}]}},
    ],
    ids=["order", "consent", "phone", "user", "other"],
)
def test_who_left_more_than_browsing_stays(installation: Installation, app: App, more: dict[str, Any]) -> None:
    installation.send(SITE, track("Product Viewed", anonymous="visitor-9", product_id="hat-9"), more)
    before = digest_of(installation)
    assert run(installation, keeping(app.folder.path, 0, "anonymous")) == {"anonymous": 0}
    assert digest_of(installation) == before


def test_a_visitor_with_a_link_by_hand_stays(installation: Installation, app: App) -> None:
    installation.send(SITE, track("Product Viewed", anonymous="visitor-9", product_id="hat-9"))
    ends = [{"type": "anonymous_id", "space": "shop", "value": value} for value in ("visitor-9", "visitor-8")]
    body = json.dumps({"control": "link", "a": ends[0], "b": ends[1], "word": "cannot"}).encode()
    log.append(installation.connection, [[Frame("hand", 1, RECEIVED, "control", body)]])
    installation.step()
    assert run(installation, app)["anonymous"] == 0
    assert len(contents(installation.connection)["links"]) == 1
    same_again(installation)


def test_what_could_not_be_read_goes_from_the_log_too(installation: Installation, app: App) -> None:
    ada(installation)
    installation.send(SHOP, {**track("Order Completed", "ada-user", order_id="other"), "messageId": "m-4"})
    log.append(
        installation.connection, [[Frame("shop", 1, RECEIVED, "refused", b"secret-refused", 1, "malformed: no JSON")]]
    )
    log.append(installation.connection, [[Frame("shop", 1, RECEIVED, "batch", b'{"batch": secret-batch', 1)]])
    installation.step()
    assert len(contents(installation.connection)["rejected"]) == 4
    before = digest_of(installation)
    assert run(installation, keeping(app.folder.path, 0, "rejected")) == {"rejected": 4}
    assert contents(installation.connection)["rejected"] == []
    assert not any(word in everything(installation) for word in ("secret-broken", "secret-refused", "secret-batch"))
    assert digest_of(installation) == before
    same_again(installation)
    assert len(contents(installation.connection, "derived")["rejected"]) == 0


def test_what_is_sent_again_late_is_a_duplicate(installation: Installation, app: App) -> None:
    ada(installation)
    frames = [frame for row in log.read(installation.connection, 0, 1000) for frame in row.frames][:-1]
    run(installation, app)
    before, rejected = digest_of(installation), contents(installation.connection)["rejected"]
    events = contents(installation.connection)["events"]
    log.append(installation.connection, [frames])
    installation.step()
    assert digest_of(installation) == before
    assert contents(installation.connection)["events"] == events
    assert contents(installation.connection)["rejected"] == rejected == []
    same_again(installation)
    run(installation, app)
    assert "secret" not in everything(installation)
    same_again(installation)


def test_an_event_that_comes_late_for_a_day_that_was_stripped_counts(installation: Installation, app: App) -> None:
    ada(installation)
    run(installation, keeping(app.folder.path, 0, "browsing"))
    installation.send(SHOP, track("Product Viewed", "ada-user", product_id="late-1"))
    assert sum("late-1" in row for row in contents(installation.connection)["interactions"]) == 1
    same_again(installation)
    record = Record("browsing", 1, after=0, until=2)
    log.append(installation.connection, [[retention_frame(record, RECEIVED)]])
    installation.step()
    assert sum("late-1" in row for row in contents(installation.connection)["interactions"]) == 1
    same_again(installation)


def test_a_second_run_has_nothing_left_and_appends_nothing(installation: Installation, app: App) -> None:
    ada(installation)
    first = run(installation, app)
    assert first == REMOVED
    place, text = log.last(installation.connection), everything(installation)
    again = run(installation, app)
    # A run looks over the records of the last one, once; these hold nothing to remove.
    assert again == dict.fromkeys(first, 0)
    assert log.last(installation.connection) - place <= 2
    assert "secret" not in text
    same_again(installation)


def test_nothing_goes_before_its_time(installation: Installation, app: App) -> None:
    ada(installation)
    before = contents(installation.connection)
    assert set(run(installation, keeping(app.folder.path, 36_500)).values()) == {0}
    assert contents(installation.connection) == before
    assert set(run(installation, keeping(app.folder.path, "none"))) == set()


def test_in_a_hard_town_a_rebuild_agrees(installation: Installation, app: App, tmp_path: Path) -> None:
    generate(60, 60, 21, tmp_path)
    sources, calls = tracked_calls(tmp_path)
    for source in sources:
        register(installation.connection, source)
    frames = [keep_call(source, "import", body, received, IpPolicy.MASK) for source, received, body in calls]
    log.append(installation.connection, [frames[n : n + 40] for n in range(0, len(frames), 40)])
    installation.step()
    orders = contents(installation.connection)["orders"]
    removed = run(installation, app)
    assert removed["browsing"] > 100 and removed["anonymous"] > 0
    assert contents(installation.connection)["orders"] == orders
    same_again(installation)
    before = digest_of(installation)
    log.append(installation.connection, [frames])
    installation.step()
    assert digest_of(installation) == before
    same_again(installation)


def test_an_erasure_before_and_after(installation: Installation, app: App) -> None:
    ada(installation)
    ends = ("bob-user", "ada@mail.example")
    installation.send(SHOP, track("Product Viewed", ends[0], product_id="mug-7", for_whom=ends[1]))
    for first in (True, False):
        customer = installation.holder("user_id", "ada-user")
        assert customer is not None
        request(installation, customer)
        installation.step()
        same_again(installation)
        run(installation, keeping(app.folder.path, 0, "browsing", "rejected"))
        same_again(installation)
        assert not any(word in everything(installation) for word in ("ada-user", "secret", "Lovelace"))
        if first:
            installation.send(SHOP, identify("ada-user", email="ada@mail.example"), track("Product Viewed", "ada-user"))
            run(installation, keeping(app.folder.path, 0, "browsing"))


@pytest.mark.parametrize("kind", ["browsing", "anonymous", "rejected"])
def test_cut_short_in_the_pipeline_it_is_done_again(
    installation: Installation, app: App, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    ada(installation)
    before, run_id = contents(installation.connection), retention.begin(installation.connection, kind, 0, RECEIVED)
    visitor = installation.holder("anonymous_id", "visitor-9")
    assert visitor is not None
    last = log.last(installation.connection)
    record = Record(
        kind, run_id, until=last, cutoff=2 * RECEIVED, customers=(visitor.hex(),), rows=tuple(range(1, last + 1))
    )
    log.append(installation.connection, [[retention_frame(record, RECEIVED)]])

    def broken(*_: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr("regulars.storage.retention.credit", broken)
        with pytest.raises(InterruptedError):
            installation.step()
    assert contents(installation.connection) == before
    Pipeline(installation.connection, installation.context).step()
    assert contents(installation.connection) != before
    assert retention.removed_by(installation.connection, run_id) == {"browsing": 6, "anonymous": 2, "rejected": 1}[kind]
    same_again(installation)


def test_a_rebuild_that_comes_first_does_it_too(installation: Installation, app: App) -> None:
    ada(installation)
    visitor = installation.holder("anonymous_id", "visitor-9")
    assert visitor is not None
    last = log.last(installation.connection)
    for kind in ("browsing", "anonymous", "rejected"):
        customers = (visitor.hex(),)
        record = Record(kind, 1, until=last, cutoff=2 * RECEIVED, customers=customers, rows=tuple(range(1, last + 1)))
        log.append(installation.connection, [[retention_frame(record, RECEIVED)]])
    new = rebuilt(installation)
    installation.step()
    assert digest_of(installation).parts == new.parts
    assert not any(word in everything(installation) for word in ("secret", "visitor-9"))


def test_a_run_that_was_killed_is_told_and_the_next_one_goes_on(installation: Installation, app: App) -> None:
    ada(installation)
    kind = "browsing"
    killed = retention.begin(installation.connection, kind, 0, RECEIVED)
    record = Record(kind, killed, until=1)
    log.append(installation.connection, [[retention_frame(record, RECEIVED)]])
    removed = run(installation, app)
    told = {run.kind: run for run in retention.runs(installation.connection, 99) if run.error}
    assert told[kind].error == "broken off" and told[kind].removed == 1
    assert removed[kind] == 5
    same_again(installation)


def test_only_one_runs_at_a_time(installation: Installation, app: App, capsys: pytest.CaptureFixture[str]) -> None:
    with app.connect() as other:
        assert retention.hold(other)
        assert cli.main(["retention", "run", "--data", str(app.folder.path)]) == 1
        assert "under way" in capsys.readouterr().err
        said: list[str] = []
        look(app, lambda text, event, **fields: said.append(event))
        assert said == [] and retention.runs(other, 9) == []


def test_the_command_and_what_it_shows(
    installation: Installation, app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    ada(installation)
    data = ["--json", "--data", str(app.folder.path)]
    before = contents(installation.connection)
    assert cli.main(["retention", "run", "--dry-run", *data]) == 0
    dry = json.loads(capsys.readouterr().out)
    assert dry["dry_run"] and contents(installation.connection) == before
    with stepping(installation):
        assert cli.main(["retention", "run", *data]) == 0
    done = json.loads(capsys.readouterr().out)
    assert {each["class"]: each["removed"] for each in done["classes"]} == {
        each["class"]: each["removed"] for each in dry["classes"]
    }
    assert cli.main(["retention", "show", *data]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["days"] == dict.fromkeys(CLASSES, 0)
    assert {each["class"]: each["removed"] for each in shown["runs"]} == REMOVED
    assert all(each["finished"] and each["started"] and not each["error"] for each in shown["runs"])
    assert cli.main(["retention", "show", "--data", str(app.folder.path)]) == 0
    assert "0 days" in capsys.readouterr().out
    assert cli.main(["retention", "show", "-n", "-1", "--data", str(app.folder.path)]) == 1


def test_audit_and_log_files(installation: Installation, app: App) -> None:
    for at in (1, time.time_ns() // 1000 + 10**12):
        installation.connection.execute("INSERT INTO audit (at, actor, action) VALUES (%s, 'cli', 'show')", (at,))
    folder = app.folder.logs / "postgres"
    folder.mkdir()
    for path in (
        folder / "postgres-Mon.log",
        folder / "postgres-Tue.log",
        app.folder.logs / "x.log",
        app.folder.logs / "x.log.1",
    ):
        path.write_text("line")
        time.sleep(0.01)
    newest = folder / "postgres-Wed.log"
    newest.write_text("line")
    removed = run(installation, app)
    assert (removed["audit"], removed["logs"]) == (1, 2)
    assert newest.exists() and (app.folder.logs / "x.log").exists()


def test_once_a_day(installation: Installation, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, dict[str, Any]]] = []

    def say(text: str, event: str, **fields: Any) -> None:
        said.append((event, fields))

    ada(installation)
    with stepping(installation):
        look(app, say)
        look(app, say)
    assert said == [("retention_done", REMOVED)]
    installation.connection.execute("UPDATE retention_runs SET finished = finished - 86400000001 WHERE class = 'logs'")
    with stepping(installation):
        look(app, say)
    assert len(said) == 2
    monkeypatch.setattr(retaining, "run_retention", lambda app: [Outcome("logs", 1, 1, 0, "PermissionError")])
    installation.connection.execute("UPDATE retention_runs SET error = 'x'")
    look(app, say)
    assert said[-1] == ("retention_failed", {"error": "logs"})
