"""Lift measured over the lake: lots, mailings that nobody drew lots for, and ids that have changed since."""

from pathlib import Path
from typing import Any

import pytest
from support.installation import SHOP, Installation, identify, track
from support.lakes import customer_id, write_lake
from support.measured import NOW, decide, keep_book, order, small_shop

from regulars.lake.exporter import Exporter
from regulars.measurement.measure import measure
from regulars.measurement.result import EARLY, FAIR, NOBODY_HELD, NOT_RANDOM, UNEVEN, Result
from regulars.measurement.store import age, all_results, put_all


@pytest.fixture
def installation(shared_installation: Installation) -> Installation:
    for table in ("decisions", "results"):
        shared_installation.connection.execute(f"DELETE FROM {table}")
    return shared_installation


def by_name(results: list[Result]) -> dict[tuple[str, str], Result]:
    return {(each.kind, each.name): each for each in results}


def test_nothing_was_done_nothing_is_measured(installation: Installation, tmp_path: Path) -> None:
    connection = installation.connection
    assert measure(connection, write_lake(tmp_path), NOW) == []
    assert put_all(connection, [], NOW) == 0
    assert all_results(connection) == []
    assert age(connection) is None


def test_a_lot_is_measured_and_what_others_chose_is_refused(installation: Installation, tmp_path: Path) -> None:
    """Three campaigns of others, one of ours, over the same people."""
    connection = installation.connection
    found = by_name(small_shop(connection, tmp_path))

    own = found["campaign", "spring"]
    assert (own.verdict, own.held_by, own.currency) == (FAIR, "own", "EUR")
    assert (own.treated.people, own.held.people) == (280, 120)
    sales, bought, purchases = own.lifts
    assert sales is not None and bought is not None and purchases is not None
    # Two orders each of 15.00 together; what came after a fortnight, before, or from a browser alone does not count.
    assert sales.middle == pytest.approx(1_500 * bought.middle)
    assert purchases.middle == pytest.approx(2 * bought.middle)
    assert bought.low > 0.05 and bought.high < 0.55
    extra = own.extra("people")
    assert extra is not None and extra.middle == pytest.approx(280 * bought.middle)
    assert own.treated.before == pytest.approx(own.held.before, rel=0.2)
    assert [point.day for point in own.points] == list(range(own.points[0].day, own.points[0].day + 15))
    assert own.points[0].lifts == (None, None, None)
    assert own.points[-1].lifts == own.lifts
    assert found["action", "spring"].lifts == own.lifts

    lot = found["campaign", "lot"]
    assert (lot.source, lot.title, lot.verdict, lot.share) == ("post", "By lot", FAIR, 0.3)
    assert lot.lifts == own.lifts

    chosen = found["campaign", "chosen"]
    assert chosen.verdict == NOT_RANDOM
    assert chosen.lifts == (None, None, None) and chosen.points == () and chosen.extra("sales") is None
    assert chosen.chosen is not None
    assert (chosen.chosen.got, chosen.chosen.others) == (100, 300)
    assert chosen.chosen.got_before == pytest.approx(6_001)
    assert chosen.chosen.others_before == pytest.approx(1_001)
    assert chosen.chosen.never < chosen.chosen.others
    assert found["campaign", "odd"].verdict == UNEVEN

    assert put_all(connection, found.values(), NOW) == 5
    assert by_name(all_results(connection)) == found
    assert put_all(connection, [own], NOW + 1) == 1
    assert all_results(connection) == [own]


def test_more_held_back_than_a_lot_explains_and_nobody_held_back(installation: Installation, tmp_path: Path) -> None:
    connection = installation.connection
    keep_book(connection)
    with connection.transaction():
        for number in range(200):
            who = bytes.fromhex(customer_id(f"p{number}"))
            decide(connection, "skewed", who, number % 2 == 0, number)
            decide(connection, "all", who, False, number)
    lake = write_lake(tmp_path, orders=[order(f"p{n}", 1) for n in range(200)])
    found = by_name(measure(connection, lake, NOW))
    assert found["campaign", "skewed"].verdict == UNEVEN
    assert found["campaign", "all"].verdict == NOBODY_HELD
    assert found["campaign", "all"].chosen is None


def test_who_was_decided_for_twice_counts_once_under_the_id_of_today(
    installation: Installation, tmp_path: Path
) -> None:  # fmt: skip
    """Two records that turn out to be one person: her first decision says which group she is in."""
    connection = installation.connection
    keep_book(connection)
    installation.send(SHOP, identify("u1"), identify("", email="ada@example.com"))
    one, two = installation.holder("user_id", "u1"), installation.holder("email", "ada@example.com")
    assert one is not None and two is not None and one != two
    decide(connection, "spring", one, True, 1, at=5)
    decide(connection, "spring", two, False, 2, at=9)
    installation.send(SHOP, identify("u1", email="ada@example.com"))
    found = by_name(measure(connection, write_lake(tmp_path), NOW))["campaign", "spring"]
    assert (found.treated.people, found.held.people) == (0, 1)


def test_what_sources_tell_of_their_campaigns_comes_by_the_lake(installation: Installation, tmp_path: Path) -> None:
    """What is asked of a campaign is among what the lake keeps of an event; what a browser says counts for nothing."""
    mail: dict[str, Any] = {"campaign_id": "sim-agih-c1", "channel": "email", "message_id": "lkpinfgmeigajodjnaabhjgk"}
    about: dict[str, Any] = {"campaign_id": "sim-agih-c1", "name": "Home", "randomised": True, "control_share": 0.2}
    post: dict[str, Any] = {"campaign_id": "13", "channel": "post", "randomised": False, "campaign_type": "Type A"}
    installation.send(
        SHOP, track("Campaign Updated", **about),
        track("Message Sent", "t1", arm="treated", **mail), track("Message Opened", "t1", machine=True, **mail),
        track("Message Withheld", "t2", campaign_id="sim-agih-c1", arm="control"),
        track("Message Sent", "t1", **post),
    )  # fmt: skip
    Exporter(tmp_path, installation.connection, "EUR").run()
    found = by_name(measure(installation.connection, tmp_path, NOW + 10**13))
    home, thirteen = found["campaign", "sim-agih-c1"], found["campaign", "13"]
    assert (home.title, home.source, home.share, home.verdict) == ("Home", "shop", 0.2, EARLY)
    assert (home.treated.people, home.held.people) == (1, 1)
    assert (home.way.sent, home.way.opened, home.way.opened_any) == (1, 0, 1)
    assert thirteen.verdict == NOT_RANDOM and thirteen.chosen is not None
