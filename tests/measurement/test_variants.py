"""A campaign's messages against each other: the one that sells more is named, and none is where it cannot be told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from support.installation import SECRET, Installation
from support.lakes import write_lake
from support.measured import NOW, two_messages
from support.site import add_user, session_of

from regulars.measurement.measure import measure
from regulars.measurement.result import EARLY, FAIR, NOBODY_HELD, UNEVEN, Result
from regulars.measurement.store import put_all, read_one
from regulars.model.user import Role
from regulars.web.server import create_server
from regulars.web.site import SiteOptions


@pytest.fixture
def installation(shared_installation: Installation) -> Installation:
    for table in ("decisions", "results", "touches", "campaigns"):
        shared_installation.connection.execute(f"DELETE FROM {table}")
    return shared_installation


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient[Any]]:
    with TestClient(create_server(installation.conninfo, SECRET, site=SiteOptions(currency="EUR"))) as made:
        id, _ = add_user(installation, Role.MARKETER)
        made.cookies.set("session", session_of(installation, id))
        yield made


def duel(results: list[Result]) -> Result:
    (found,) = [each for each in results if each.kind == "campaign"]
    assert found.verdict == NOBODY_HELD
    return found


def test_the_better_message_is_named(installation: Installation, tmp_path: Path, client: TestClient[Any]) -> None:
    connection = installation.connection
    results = two_messages(connection, tmp_path)
    calm, bold = duel(results).variants
    assert [(each.letter, each.message, each.group.people) for each in (calm, bold)] == [
        ("a", "calm", 200), ("b", "bold", 200),
    ]  # fmt: skip
    assert (calm.verdict, bold.verdict) == (NOBODY_HELD, FAIR)
    assert calm.lifts == (None, None, None)
    people = bold.lifts[1]
    assert people is not None and people.low > 0.2 and people.high < 0.7
    assert bold.way.bought - calm.way.bought == pytest.approx(200 * people.middle)
    # Each second opened it by herself or by her mail program; of B's every second followed the link as well.
    assert (calm.way.opened, calm.way.opened_any) == (100, 100)
    assert (bold.way.opened, bold.way.opened_any, bold.way.clicked) == (200, 200, 100)
    put_all(connection, results, NOW)
    kept = installation.read(lambda link: read_one(link, "campaign", "duel", ""))
    assert kept is not None and kept.variants == (calm, bold)
    for page in ("/results/campaign/duel", "/campaigns/duel"):
        text = client.get(page).text
        assert "A and B compared" in text and "than A would have with the same people: between" in text, page
    assert "B sold more than A" in client.get("/results").text


def test_where_it_cannot_be_told_it_says_so(
    installation: Installation, tmp_path: Path, client: TestClient[Any]
) -> None:
    connection = installation.connection
    results = two_messages(connection, tmp_path / "1", better=False)
    (_, bold) = duel(results).variants
    assert bold.verdict == FAIR and all(each is not None and not each.sign for each in bold.lifts)
    put_all(connection, results, NOW)
    assert "In sales no difference between A and B can be told yet" in client.get("/results/campaign/duel").text
    assert "A and B: no difference can be told yet" in client.get("/results").text
    for table in ("decisions", "touches", "campaigns"):
        connection.execute(f"DELETE FROM {table}".encode())
    results = two_messages(connection, tmp_path / "2", people=40)
    assert duel(results).variants[1].verdict == EARLY
    put_all(connection, results, NOW + 1)
    assert "at least 20 people" in client.get("/campaigns/duel").text


def test_a_lot_that_went_wrong_is_refused(installation: Installation, tmp_path: Path) -> None:
    connection = installation.connection
    two_messages(connection, tmp_path / "1")
    connection.execute("DELETE FROM decisions WHERE action = 'duel-b' AND get_byte(id, 6) % 3 > 0")
    bold = duel(measure(connection, write_lake(tmp_path / "2"), NOW)).variants[1]
    assert bold.verdict == UNEVEN and bold.lifts == (None, None, None)
