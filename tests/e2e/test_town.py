"""The town through the commands that people use: files in, through the tracking API, live, and over the receipts."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.running import Running

from regulars.app import App
from regulars.cli import demo_town
from regulars.cli.demo_town import lay_over
from regulars.cli.main import main
from regulars.settings import load

pytestmark = pytest.mark.slow

SIZE = ("--customers", "40", "--days", "30", "--seed", "5")
SOURCES = [f"town-{name}" for name in ("app", "care", "newsletter", "shop", "till", "web")]


def simulated(running: Running) -> Counter[str]:
    """How many accepted events each source of the town has."""
    rows = running.sql("SELECT source, count(*) FROM events WHERE source = ANY(%s) GROUP BY source", SOURCES)
    return Counter({str(source): int(count) for source, count in rows})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An installation of its own, since the town's sources have names that other tests use."""
    made = Running(tmp_path_factory.mktemp("town") / "data")
    made.start()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([], "--out"),
        (["--live", "1", "--out", "x"], "needs --send"),
        (["--url", "http://127.0.0.1:1", "--out", "x"], "needs --send"),
        (["--send", "--live", "1", "--speed", "5"], "leave --speed out"),
        (["--send", "--live", "0"], "above 0"),
        (["--send", "--speed", "-1"], "0 for as fast"),
        (["--hard", "--send"], "leave --send"),
        (["--hard", "--out", "x", "--from", "2026-01-01"], "--from"),
        (["--over", "completejourney", "--out", "x", "--from", "2026-01-01"], "leave --from out"),
    ],
)
def test_what_does_not_go_together(
    wrong: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["simulate", *SIZE, *wrong]) == 1
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("day", ["", "yesterday", "2025-02-30"])
def test_a_first_day_that_is_none(day: str) -> None:
    with pytest.raises(SystemExit):
        main(["simulate", *SIZE, "--out", "x", "--from", day])


@pytest.mark.slow
def test_files_become_customers_and_the_judge_reads_their_truth(running: Running, tmp_path: Path) -> None:
    folder = str(tmp_path / "town")
    numbers = running.cli("simulate", *SIZE, "--out", folder)[0]
    run = running.cli("import", "events", folder)[0]
    assert (run["items"], run["added"], run["rejected"]) == (numbers["events"], numbers["events"], 0)
    assert simulated(running) == numbers["sources"]
    judged = running.cli("evaluate", "identity", folder, "--no-shuffle")[0]
    assert judged["missing"] == judged["unknown"] == 0
    strong = judged["strong"]["measured"]
    assert strong["precision"] > 0.99 and strong["recall"] > 0.9
    assert judged["events"] < numbers["events"], "the shop's own things are nobody's"


def test_it_is_fed_through_the_tracking_api(running: Running) -> None:
    before = simulated(running)
    told = running.cli("simulate", "--customers", "15", "--days", "20", "--seed", "6", "--send", "--speed", "0",
                       "--url", running.address)[0]  # fmt: skip
    running.wait()
    added = simulated(running)
    added.subtract(before)
    assert +added == told["sources"]
    assert not any(running.rejected(source) for source in SOURCES)
    [(open_keys,)] = running.sql("SELECT count(*) FROM keys WHERE source = 'town-web' AND revoked IS NULL")
    assert open_keys == 0


def test_a_saturday_is_played_as_if_it_were_now(running: Running) -> None:
    begun = time.time_ns() // 1000
    size = ("--customers", "120", "--days", "14", "--seed", "7")
    running.cli("simulate", *size, "--send", "--live", "0.05", "--url", running.address)
    ended = time.time_ns() // 1000
    running.wait()
    rows = running.sql("SELECT time, source, name FROM events WHERE message_id LIKE %s", "live-%")
    assert len(rows) > 50 and {"town-web"} < {row[1] for row in rows}
    assert all(begun <= row[0] <= ended for row in rows)
    assert max(row[0] for row in rows) - min(row[0] for row in rows) > 1_000_000
    assert not any(running.rejected(source) for source in SOURCES)


def test_a_server_that_is_not_there_is_one_clear_line(
    running: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("regulars.simulation.sending.PATIENCE", 0.0)
    size = ("--customers", "1", "--days", "1", "--seed", "1")
    code = main(["simulate", *size, "--send", "--url", "http://127.0.0.1:9", "--data", str(running.folder)])
    assert code == 1 and "127.0.0.1" in capsys.readouterr().err


def test_the_demo_shows_one_person_in_web_and_store(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_town, "CARDS", 6)
    monkeypatch.setattr(demo_town, "DAYS", 40)
    app = App(load(running.folder))
    with app.connect() as connection:
        run, numbers = lay_over(app, connection)
        again, _ = lay_over(app, connection)
    assert (run.items, run.added, run.rejected) == (numbers.events, numbers.events, 0)
    assert again == run  # so a demo that was killed at its end reads nothing twice
    key = running.key("secret", "completejourney")
    receipt = {
        "type": "track", "event": "Order Completed", "messageId": "r1", "timestamp": "2017-02-01T10:00:00Z",
        "context": {"externalIds": [{"id": "CJ0000001", "type": "loyalty_id"}]},
        "properties": {"channel": "store", "store_id": "1", "order_id": "r1", "total": 5, "currency": "USD"},
    }  # fmt: skip
    running.send(key, receipt)
    running.wait()
    shown = json.dumps(running.cli("customers", "show", "loyalty_id:CJ0000001")[0])
    assert '"r1"' in shown and "email" in shown and '"anonymous_id"' in shown
    report = running.cli("import", "report", run.id)[0]["report"]
    assert report["events"] == numbers.events and report["over"] == "completejourney"


@pytest.mark.parametrize("name", ["nothing.svg", "pot-blue-1.png", "pot-blue-12345678.svg", "..%2Fsecret"])
def test_a_picture_that_is_none_is_not_found(running: Running, name: str) -> None:
    assert running.http.get(f"/pictures/{name}").status_code == 404


def test_the_catalogue_has_prices_sizes_and_pictures_that_are_served(running: Running) -> None:
    key = running.key("secret", "reader")
    found = running.get("/api/products", key, q="coat", limit="5").json()
    assert found["products"]
    for product in found["products"]:
        assert product["simulated"] and product["price"]["minor"] > product["cost"]["minor"] > 0 and product["variants"]
        answer = running.http.get(product["image_url"])
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("image/svg+xml")
        assert answer.text.startswith("<svg")


def test_all_of_it_goes_with_the_example_data(running: Running) -> None:
    assert sum(simulated(running).values()) > 1_000
    running.cli("demo", "remove")
    assert not simulated(running)
